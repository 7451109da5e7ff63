create table volume (
    id uuid primary key,
    version bigint not null default 1,
    org_id uuid not null,
    user_id uuid not null,
    name text not null check (length(name) between 1 and 64),

    -- where it is; never changes
    provider text not null,
    location text not null,
    volume_type text not null,
    place text not null,
    monthly_cost_micros bigint not null check (monthly_cost_micros >= 0),   -- of one GB
    reference text,

    size_gb int not null check (size_gb > 0),
    wanted_gb int not null check (wanted_gb >= size_gb),
    hourly_rate_micros bigint not null check (hourly_rate_micros >= 0),

    state text not null check (state in ('submitted', 'provisioned', 'deleted', 'failed')),
    operation text not null check (operation in ('', 'provisioning', 'resizing', 'deleting__detaching_volume',
        'deleting__deleting_volume')),
    error text,

    -- the one session that has it
    attached_to uuid,

    create_asked_at timestamptz,
    destroy_asked_at timestamptz,
    absent_since timestamptz,
    delete_requested_at timestamptz,

    created_at timestamptz not null,
    updated_at timestamptz not null,
    provisioned_at timestamptz,
    deleted_at timestamptz,
    -- what is attached is kept
    check (attached_to is null or delete_requested_at is null)
);

create unique index volume_name on volume (org_id, name)
    where state in ('submitted', 'provisioned') and delete_requested_at is null;
create index volume_by_org on volume (org_id, created_at desc, id desc);
create index volume_attached on volume (attached_to) where attached_to is not null;
create index volume_live on volume (provider) where state <> 'deleted';

-- Which session had which volume where; stays when the session is over.
create table volume_attachment (
    session_id uuid not null,
    volume_id uuid not null references volume (id),
    ordinal int not null,
    mount_path text not null,
    attached_at timestamptz not null,
    detached_at timestamptz,
    primary key (session_id, volume_id)
);

create index volume_attachment_by_volume on volume_attachment (volume_id);
