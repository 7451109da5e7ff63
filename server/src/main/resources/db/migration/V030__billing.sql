-- One row for each organization that money is about; whoever moves its money locks this row first.
create table billing_account (
    organization_id uuid primary key,
    opened_at timestamptz,              -- null = no money was ever paid in: it has no billing account yet
    suspended boolean not null default false,
    entry_count bigint not null default 0,
    last_entry_at timestamptz           -- times of entries never go back, whatever the clock does
);

-- The ledger's accounts. The operator's accounts are kept apart by organization too, so that nothing is locked by all.
create table account (
    id bigint generated always as identity primary key,
    organization_id uuid not null references billing_account (organization_id),
    kind text not null check (kind in ('cash', 'reserved', 'usage_revenue', 'provider_cost', 'provider_payable',
        'adjustments', 'external_funding')),
    balance_micros bigint not null default 0,
    unique (organization_id, kind)
);

create table ledger_transaction (
    id uuid primary key,
    seq bigint generated always as identity unique,
    organization_id uuid not null references billing_account (organization_id),
    at timestamptz not null,
    kind text not null check (kind in ('credit', 'refund', 'adjustment', 'hold', 'release', 'usage', 'correction')),
    resource_id uuid not null,          -- the organization itself where no session or volume is meant
    resource_kind text check (resource_kind in ('session', 'volume')),
    interval_key text not null,         -- usage: first second of the interval; others: their number or reference
    used_from timestamptz,
    used_to timestamptz,
    amount_micros bigint not null,      -- what the customer's balance changed by
    balance_after_micros bigint not null,
    description text not null,
    unique (resource_id, kind, interval_key),
    check (kind not in ('hold', 'release') or amount_micros = 0)
);

create index ledger_transaction_shown on ledger_transaction (organization_id, seq) where amount_micros <> 0;
create index ledger_transaction_by_time on ledger_transaction (organization_id, at, seq) where amount_micros <> 0;

create table posting (
    transaction_id uuid not null references ledger_transaction (id),
    account_id bigint not null references account (id),
    amount_micros bigint not null check (amount_micros <> 0),
    primary key (transaction_id, account_id)
);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, lower(tg_op)
        using errcode = 'restrict_violation', hint = 'Book a correction instead.';
end $$;

create trigger ledger_transaction_append_only before update or delete or truncate on ledger_transaction
    for each statement execute function refuse_change();
create trigger posting_append_only before update or delete or truncate on posting
    for each statement execute function refuse_change();

-- Balances are kept by the postings alone.
create function carry_postings() returns trigger language plpgsql as $$
begin
    update account a set balance_micros = a.balance_micros + added.amount
    from (select account_id, sum(amount_micros)::bigint as amount from arrived group by account_id) added
    where a.id = added.account_id;
    return null;
end $$;

create trigger posting_carried after insert on posting
    referencing new table as arrived for each statement execute function carry_postings();

create function guard_account() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.balance_micros <> 0 then
            raise exception 'an account starts at zero' using errcode = 'restrict_violation';
        end if;
        return new;
    end if;
    if tg_op = 'UPDATE' and pg_trigger_depth() > 1
            and (new.id, new.organization_id, new.kind) = (old.id, old.organization_id, old.kind) then
        return new;
    end if;
    raise exception 'a balance changes by postings only' using errcode = 'restrict_violation';
end $$;

create trigger account_guarded before insert or update or delete on account
    for each row execute function guard_account();
create trigger account_not_truncated before truncate on account
    for each statement execute function refuse_change();

-- Asked at commit, of both tables: a transaction without postings, or one that does not balance, cannot be.
create function check_balanced() returns trigger language plpgsql as $$
declare
    asked uuid;
    total numeric;
begin
    if tg_table_name = 'posting' then asked := new.transaction_id; else asked := new.id; end if;
    select sum(amount_micros) into total from posting where transaction_id = asked;
    if total is distinct from 0 then
        raise exception 'ledger transaction % does not balance: %', asked, coalesce(total::text, 'no postings')
            using errcode = 'check_violation';
    end if;
    return null;
end $$;

create constraint trigger posting_balanced after insert on posting
    deferrable initially deferred for each row execute function check_balanced();
create constraint trigger ledger_transaction_balanced after insert on ledger_transaction
    deferrable initially deferred for each row execute function check_balanced();

-- A thing that costs money while it exists. Open rows are also what quota counts.
create table meter (
    resource_id uuid primary key,
    kind text not null check (kind in ('session', 'volume')),
    organization_id uuid not null references billing_account (organization_id),
    user_id uuid not null,
    provider text not null,
    gpu_family text not null,
    gpu_count int not null check (gpu_count >= 0),
    volume_gb int not null check (volume_gb >= 0),
    max_cost_micros bigint check (max_cost_micros > 0),
    description text not null,
    state text not null check (state in ('reserved', 'running', 'closed')),
    -- The bounds keep rate x seconds within 64 bits for a century of a hundred euros an hour.
    hourly_rate_micros bigint not null check (hourly_rate_micros between 0 and 100000000000),
    hourly_cost_micros bigint not null check (hourly_cost_micros between 0 and 100000000000),
    started_at timestamptz,
    rated_seconds bigint not null default 0,        -- the present rates hold from this second on ...
    rated_price bigint not null default 0,          -- ... and before it this much was used, in micro-euro x 3600
    rated_cost bigint not null default 0,
    metered_seconds bigint not null default 0 check (metered_seconds >= 0),
    charged_micros bigint not null default 0,
    cost_micros bigint not null default 0,
    held_micros bigint not null default 0 check (held_micros >= 0),
    moves bigint not null default 0,
    opened_at timestamptz not null,
    closed_at timestamptz,
    check ((state = 'closed') = (closed_at is not null)),
    check (state <> 'closed' or held_micros = 0)
);

create index meter_open on meter (organization_id) where state <> 'closed';

-- Use by UTC day, so that reports and spend limits need not read the ledger.
create table usage_day (
    organization_id uuid not null,
    day date not null,
    resource_id uuid not null references meter (resource_id),
    user_id uuid not null,
    resource_kind text not null,
    gpu_family text not null,
    gpu_count int not null,
    seconds bigint not null,
    charged_micros bigint not null,
    cost_micros bigint not null,
    primary key (organization_id, day, resource_id)
);

create index usage_day_by_user on usage_day (organization_id, user_id, day);

create table spend_limit (
    organization_id uuid not null,
    user_id uuid,
    period text not null check (period in ('day', 'month')),
    limit_micros bigint not null check (limit_micros >= 0),
    unique nulls not distinct (organization_id, user_id, period)
);

create table quota_override (
    organization_id uuid not null,
    user_id uuid,
    name text not null,
    allowed bigint not null check (allowed >= 0),
    unique nulls not distinct (organization_id, user_id, name)
);

create table billing_event (
    id uuid primary key,
    seq bigint generated always as identity unique,
    organization_id uuid not null,
    at timestamptz not null,
    type text not null,
    mark_micros bigint not null,
    balance_micros bigint not null
);

create index billing_event_by_organization on billing_event (organization_id, seq);

create table billing_audit (
    id uuid primary key,
    seq bigint generated always as identity unique,
    at timestamptz not null,
    actor text not null,
    organization_id uuid not null,
    action text not null,
    reason text not null,
    value_before text,
    value_after text
);

create index billing_audit_by_organization on billing_audit (organization_id, seq);

create trigger billing_audit_append_only before update or delete or truncate on billing_audit
    for each statement execute function refuse_change();

-- Proves what the rows above claim, from the postings up; no rows = all is well.
create function ledger_faults() returns table (fault text) language sql stable as $$
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
$$;
