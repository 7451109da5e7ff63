-- When a listing lacked the machine last: listings that lie far apart prove nothing of the time between them.
alter table placement_attempt add column absent_seen_at timestamptz;
