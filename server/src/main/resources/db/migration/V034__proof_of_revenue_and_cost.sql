-- Whether the end of the money was announced since money last came in: things are stopped while their stop can still be
-- paid, so the balance itself need not reach zero.
alter table billing_account add column depleted boolean not null default false;

-- Reports of all organizations take refunds off what use brought in.
create index ledger_transaction_refunds on ledger_transaction (at) where kind = 'refund';

-- Proves what the rows above claim, from the postings up; no rows = all is well.
create or replace function ledger_faults() returns table (fault text) language sql stable as $$
    select 'transaction ' || t.id || ' does not balance'
        from ledger_transaction t left join posting p on p.transaction_id = t.id
        group by t.id having sum(p.amount_micros) is distinct from 0
    union all
    select 'account ' || a.organization_id || '/' || a.kind || ' shows ' || a.balance_micros || ', its postings '
            || coalesce(sum(p.amount_micros), 0)
        from account a left join posting p on p.account_id = a.id
        group by a.id having a.balance_micros <> coalesce(sum(p.amount_micros), 0)
    union all
    select 'all accounts together are ' || sum(balance_micros) from account having sum(balance_micros) <> 0
    union all
    select 'reserved of ' || a.organization_id || ' is ' || a.balance_micros || ', its holds ' || coalesce(sum(m.held_micros), 0)
        from account a left join meter m on m.organization_id = a.organization_id and m.state <> 'closed'
        where a.kind = 'reserved'
        group by a.id having a.balance_micros <> coalesce(sum(m.held_micros), 0)
    union all
    select 'resource ' || m.resource_id || ' says it was charged ' || m.charged_micros || ', the ledger '
            || coalesce(-sum(t.amount_micros), 0)
        from meter m left join ledger_transaction t
            on t.resource_id = m.resource_id and t.kind in ('usage', 'correction')
        group by m.resource_id having m.charged_micros <> coalesce(-sum(t.amount_micros), 0)
    union all
    select 'resource ' || m.resource_id || ' was metered ' || m.metered_seconds || ' s, its days say ' || coalesce(sum(u.seconds), 0)
        from meter m left join usage_day u on u.resource_id = m.resource_id
        group by m.resource_id
        having m.metered_seconds <> coalesce(sum(u.seconds), 0) or m.charged_micros <> coalesce(sum(u.charged_micros), 0)
            or m.cost_micros <> coalesce(sum(u.cost_micros), 0)
    union all
    select 'entries of ' || t.organization_id || ' add up to ' || sum(t.amount_micros) || ', cash and holds to ' || b.total
        from ledger_transaction t
        join (select organization_id, sum(balance_micros) as total from account
                where kind in ('cash', 'reserved') group by organization_id) b using (organization_id)
        group by t.organization_id, b.total having sum(t.amount_micros) <> b.total
    union all
    select 'entry ' || id || ' says the balance was ' || balance_after_micros || ', it was ' || running
        from (select id, balance_after_micros,
                sum(amount_micros) over (partition by organization_id order by seq) as running
            from ledger_transaction) r
        where balance_after_micros <> running
    union all
    select 'usage_revenue of ' || a.organization_id || ' is ' || a.balance_micros || ', its meters were charged '
            || coalesce(m.charged, 0) || ', of which ' || coalesce(r.refunded, 0) || ' were given back'
        from account a
        left join (select organization_id, sum(charged_micros) as charged from meter group by 1) m using (organization_id)
        left join (select organization_id, sum(amount_micros) as refunded from ledger_transaction
            where kind = 'refund' group by 1) r using (organization_id)
        where a.kind = 'usage_revenue' and a.balance_micros <> coalesce(m.charged, 0) - coalesce(r.refunded, 0)
    union all
    select a.kind || ' of ' || a.organization_id || ' is ' || a.balance_micros || ', its meters cost ' || coalesce(m.cost, 0)
        from account a
        left join (select organization_id, sum(cost_micros) as cost from meter group by 1) m using (organization_id)
        where (a.kind = 'provider_payable' and a.balance_micros <> coalesce(m.cost, 0))
            or (a.kind = 'provider_cost' and a.balance_micros <> -coalesce(m.cost, 0))
$$;
