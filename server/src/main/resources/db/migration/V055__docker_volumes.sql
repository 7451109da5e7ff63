-- Volumes on Docker hosts: what was promised where. The files are on the hosts; this outlives a host's configuration.
create table docker_volume (
    tag uuid primary key,
    host text not null,
    engine text not null,
    size_gb int not null check (size_gb > 0),
    created_at timestamptz not null,
    -- the machine that it is, or is about to be, mounted for
    machine uuid,
    ended_at timestamptz
);

create index docker_volume_live on docker_volume (host) where ended_at is null;
create index docker_volume_mounted on docker_volume (machine) where machine is not null;
