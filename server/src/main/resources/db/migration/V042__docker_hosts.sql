-- Hosts added at the terminal; those of the configuration are not here.
create table docker_host (
    name text primary key,
    uri text not null,
    host_key text not null,
    location text,
    gpus text not null default '',
    added_at timestamptz not null
);

-- Hosts, of the configuration as well, that get no new sessions.
create table docker_host_drained (
    name text primary key,
    since timestamptz not null
);
