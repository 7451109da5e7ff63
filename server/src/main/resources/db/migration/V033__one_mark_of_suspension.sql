-- The organization's mark is the one that counts; the account's is its copy, which billing reads under its own lock.
-- Accounts could be suspended by themselves before.
update organization o set suspended_at = now(), suspended_reason = 'Suspended by the operator', updated_at = now()
from billing_account b
where b.organization_id = o.id and b.suspended and o.suspended_at is null;

update billing_account b set suspended = true
from organization o
where o.id = b.organization_id and o.suspended_at is not null and not b.suspended;
