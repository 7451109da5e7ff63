-- Machines and volumes that went with a host which its operator has given up. They count as gone although nobody can look;
-- should the host come back, what is left of them is removed before anything new is put there.
create table docker_lost (
    tag uuid primary key,
    host text not null,
    reason text not null,
    at timestamptz not null,
    -- the host answered again, and nothing of this machine is left on it
    cleared_at timestamptz
);

create index docker_lost_uncleared on docker_lost (host) where cleared_at is null;

-- Tags whose volume was destroyed before it was ever promised: a create that comes late finds its tag here.
create table docker_volume_destroyed (
    tag uuid primary key,
    at timestamptz not null
);
