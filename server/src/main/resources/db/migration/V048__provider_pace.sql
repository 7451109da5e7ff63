-- When an account at a provider may be asked for something again: it counts the calls of all replicas together.
create table provider_pace (
    account text not null,
    kind text not null,
    next_at timestamptz not null,
    primary key (account, kind)
);

drop table verda_pace;
