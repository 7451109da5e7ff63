-- What the operator's account at a provider holds, as this replica was last told; null where that is not known.
alter table provider_state
    add column balance_amount numeric,
    add column balance_currency text,
    add column balance_at timestamptz,
    add column balance_low boolean;
