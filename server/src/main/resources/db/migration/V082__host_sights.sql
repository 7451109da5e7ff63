-- How each replica finds each Docker host, for all of them and for the command line.
create table docker_host_sight (
    host text not null,
    replica text not null,
    uri text not null,
    -- whether it is one of the replica's configuration
    configured boolean not null,
    -- of the pinned host key; '' where there is none
    fingerprint text not null,
    -- such as '8 × H100_80G_SXM', as last seen; '' = none
    gpus text not null,
    simulated boolean not null,
    -- null = it answers
    silent_since timestamptz,
    silence text,
    updated_at timestamptz not null,
    primary key (host, replica),
    check ((silent_since is null) = (silence is null))
);
