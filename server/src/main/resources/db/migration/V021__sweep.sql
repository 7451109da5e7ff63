-- What was found at providers and done about it: every sweep that was asked for, and the timer's.
create table sweep (
    id uuid primary key,
    provider text not null,
    asked_by text not null,
    asked_at timestamptz not null,
    dry_run boolean not null,
    done_at timestamptz,
    -- JSON; null until it was done
    report text,
    check ((done_at is null) = (report is null))
);

create index sweep_by_provider on sweep (provider, done_at desc) where report is not null;
create index sweep_by_age on sweep (asked_at);

-- How each replica finds each provider, for all of them and for the command line.
create table provider_state (
    provider text not null,
    replica text not null,
    state text not null check (state in ('ok', 'degraded', 'open')),
    since timestamptz not null,
    last_success_at timestamptz,
    last_error text,
    last_error_at timestamptz,
    open_until timestamptz,
    calls bigint not null,
    failures bigint not null,
    rate_limited bigint not null,
    in_flight int not null,
    rate_per_minute int,
    rate_next_at timestamptz,
    updated_at timestamptz not null,
    primary key (provider, replica)
);

-- Replaced by the sweep of each provider.
delete from scheduled_tasks where task_name in ('machine-sweep', 'volume-sweep', 'verda-tidying');
