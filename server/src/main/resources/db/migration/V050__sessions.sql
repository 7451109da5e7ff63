create table session (
    id uuid primary key,
    version bigint not null default 1,
    org_id uuid not null,
    user_id uuid not null,
    name text not null check (length(name) between 1 and 64),

    -- what was asked for; never changed
    image text not null,
    gpu_request text not null,
    command text,
    environment_masked text not null,
    secrets bytea not null,
    auto_terminate text not null check (auto_terminate in ('on_complete', 'on_success', 'never')),
    ssh_enabled boolean not null,
    ssh_fingerprint text,
    ssh_key_registered boolean not null,
    max_duration_s bigint check (max_duration_s > 0),
    max_cost_micros bigint check (max_cost_micros > 0),
    control_token text not null,
    ssh_address text,

    -- where it was placed
    gpu_model text,
    gpu_count int not null check (gpu_count > 0),
    provider text,
    location text,
    hourly_rate_micros bigint not null check (hourly_rate_micros >= 0),

    -- what everybody sees
    state text not null check (state in ('submitted', 'provisioned', 'started', 'completed', 'failed', 'stopped',
        'provision_failed', 'terminated')),
    operation text not null,
    operation_since timestamptz not null,

    -- the wish to end it, and how far that has come
    end_reason text check (end_reason in ('user_requested', 'timed_out', 'balance_depleted', 'cost_limit',
        'provider_lost', 'spot_reclaimed', 'suspended')),
    end_requested_at timestamptz,
    delete_requested_at timestamptz,
    term_sent_at timestamptz,
    kill_sent_at timestamptz,

    -- how it ended; decided before it is shown
    end_state text check (end_state in ('completed', 'failed', 'stopped', 'provision_failed')),
    exit_code int,
    error text,
    stop_reason text,

    created_at timestamptz not null,
    updated_at timestamptz not null,
    provisioned_at timestamptz,
    started_at timestamptz,
    started_shown_at timestamptz,
    ended_at timestamptz,
    end_shown_at timestamptz,
    terminated_at timestamptz,
    check ((end_reason is null) = (end_requested_at is null))
);

create index session_by_org on session (org_id, created_at desc, id desc);
create index session_by_org_updated on session (org_id, updated_at);
create index session_live_by_user on session (user_id) where terminated_at is null;
create index session_live_by_fingerprint on session (ssh_fingerprint) where terminated_at is null;
create unique index session_live_ssh_address on session (ssh_address) where terminated_at is null;

-- Every machine that was ever asked for: the intent is committed before the provider is called.
create table placement_attempt (
    id uuid primary key,
    session_id uuid not null references session (id),
    ordinal int not null,
    provider text not null,
    location text not null,
    reference text not null,
    gpu_model text not null,
    hourly_rate_micros bigint not null,
    hourly_cost_micros bigint not null,
    status text not null check (status in ('intended', 'unknown', 'launched', 'refused', 'gone')),
    message text,
    created_at timestamptz not null,
    launched_at timestamptz,
    engine text,
    gpu_ids text[] not null default '{}',
    memory_bytes bigint not null default 0,
    cpus double precision not null default 0,
    pids_max bigint not null default 0,
    destroy_asked_at timestamptz,
    absent_since timestamptz,
    gone_at timestamptz,
    unique (session_id, ordinal)
);

create index placement_attempt_live on placement_attempt (provider) where status in ('intended', 'unknown', 'launched');

create table session_event (
    session_id uuid not null references session (id),
    seq bigint generated always as identity,
    at timestamptz not null,
    type text not null,
    state text not null,
    operation text not null,
    message text not null,
    primary key (session_id, seq)
);
