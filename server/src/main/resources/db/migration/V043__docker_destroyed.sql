-- Tags whose machine was destroyed before it was ever launched: a launch that comes late finds its tag here.
create table docker_destroyed (
    tag uuid primary key,
    at timestamptz not null
);

create index docker_destroyed_at on docker_destroyed (at);
