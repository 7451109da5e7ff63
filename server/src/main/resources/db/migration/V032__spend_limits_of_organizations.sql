-- Beside the operator's limits, an organization may set lower ones of its own; the lowest holds.
alter table spend_limit add column set_by text not null default 'operator' check (set_by in ('operator', 'organization'));
alter table spend_limit drop constraint spend_limit_organization_id_user_id_period_key;
alter table spend_limit add unique nulls not distinct (organization_id, user_id, period, set_by);
