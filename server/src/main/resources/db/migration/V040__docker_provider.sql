-- Who this deployment is at its providers.
create table deployment (
    only_one boolean primary key default true check (only_one),
    id uuid not null
);

-- What the docker provider has given out. A machine is a share of a host; the row outlives its end for a while, so that
-- a launch that comes late finds it ended instead of making it again.
create table docker_machine (
    tag uuid primary key,
    session_id uuid not null,
    host text not null,
    engine text not null,
    kind text not null,
    gpus_passed boolean not null,
    memory_bytes bigint not null check (memory_bytes >= 0),
    cpus double precision not null check (cpus >= 0),
    pids_max bigint not null check (pids_max >= 0),
    launched_at timestamptz not null,
    ended_at timestamptz
);

create index docker_machine_live on docker_machine (host) where ended_at is null;
create index docker_machine_ended on docker_machine (ended_at) where ended_at is not null;

-- A GPU belongs to one machine at most: the primary key says so to everybody, whatever code runs.
create table gpu_lease (
    host text not null,
    gpu text not null,
    machine uuid not null references docker_machine (tag),
    ordinal int not null,
    primary key (host, gpu)
);

create index gpu_lease_by_machine on gpu_lease (machine);
