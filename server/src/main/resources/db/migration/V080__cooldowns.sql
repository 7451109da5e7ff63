-- Offers that have just failed to become a machine come last for a while, on every replica. Without location, reference and
-- count: all that the provider has.
create table cooldown (
    provider text not null,
    location text,
    reference text,
    gpu_count int,
    begun_at timestamptz not null,
    ends_at timestamptz not null,
    unique nulls not distinct (provider, location, reference, gpu_count),
    check (num_nulls(location, reference, gpu_count) in (0, 3))
);

create index cooldown_by_end on cooldown (ends_at);
