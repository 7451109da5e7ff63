-- What the verda provider was asked to make. The row is there before Verda is asked and outlives the machine for a while,
-- so that a launch that comes late finds it ended instead of making it again.
create table verda_machine (
    tag uuid primary key,
    -- null where only the end was ever asked for
    session_id uuid,
    location text,
    instance_type text,
    spot boolean,
    gpus int,
    memory_bytes bigint,
    -- how the machine proves that it is the one: we made this key
    host_public_key text,
    sealed_host_key bytea,
    created_at timestamptz not null,
    script_id uuid,
    -- the create went out; until it is answered, by Verda or by listings, nobody knows whether it was obeyed
    sent_at timestamptz,
    -- a clear answer: nothing was made
    refused_at timestamptz,
    instance_id uuid,
    launched_at timestamptz,
    os_volume_id uuid,
    ip text,
    ran_at timestamptz,
    destroy_asked_at timestamptz,
    gone_at timestamptz,
    script_deleted_at timestamptz
);

create index verda_machine_open on verda_machine (created_at) where gone_at is null and refused_at is null;
create index verda_machine_over on verda_machine (created_at) where gone_at is not null or refused_at is not null;

-- When an account may be asked for its instances again: Verda counts the questions of all replicas together.
create table verda_pace (
    account text primary key,
    next_at timestamptz not null
);

-- The key with which we log in to machines at Verda: one for the deployment.
create table verda_client_key (
    only_one boolean primary key default true check (only_one),
    public_key text not null,
    sealed_private_key bytea not null
);
