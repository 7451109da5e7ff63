-- Volumes that Verda was asked to make. The row is there before Verda is asked, and stays, so that a create that comes late
-- finds the end of its volume instead of making it again.
create table verda_volume (
    tag uuid primary key,
    -- null where only the end was ever asked for
    location text,
    size_gb int,
    created_at timestamptz not null,
    -- the create went out; null where it is clear that nothing came of it
    sent_at timestamptz,
    volume_id uuid,
    -- the machine that it was given to last
    machine uuid,
    destroy_asked_at timestamptz,
    gone_at timestamptz
);

create index verda_volume_open on verda_volume (created_at) where gone_at is null;
create index verda_volume_given on verda_volume (machine) where machine is not null;
