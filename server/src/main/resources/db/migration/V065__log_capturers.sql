-- Who captures says so once for all it captures, and not in the row of each: with ten thousand sessions those were six
-- thousand rows written each second.
create table log_capturer (
    id uuid primary key,
    lease_until timestamptz not null
);

-- Null where nobody captures. One whose row is not there any more has let go.
alter table session_log add column lease_holder uuid;
alter table session_log drop column lease_until;
