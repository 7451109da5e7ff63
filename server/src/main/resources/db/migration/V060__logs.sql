-- What sessions printed. One head per session: who captures it, how far, and what has been stored.
create table session_log (
    session_id uuid primary key,

    -- Exactly one replica captures: whoever appends must show this token.
    container text,
    lease_token uuid,
    lease_until timestamptz,

    -- How far the engine's log has been consumed; written together with the lines that came of it.
    resume_from_ns bigint,
    resume_skip bigint not null default 0 check (resume_skip >= 0),
    entries bigint not null default 0,
    newest_ns bigint not null default 0,
    partial_stdout bytea,
    partial_stderr bytea,
    drained boolean not null default false,

    -- What is stored.
    chunks bigint not null default 0,
    bytes bigint not null default 0,
    last_chunk_bytes int not null default 0,
    last_ns bigint not null default 0,
    dropped_lines bigint not null default 0,
    dropped_bytes bigint not null default 0,
    reports text not null default '',
    readable_at timestamptz,

    -- When it was last captured or written: what retention counts from.
    touched_at timestamptz not null
);

alter table session_log alter column partial_stdout set storage external;
alter table session_log alter column partial_stderr set storage external;

-- Lines as they are served, "<timestamp> <text>\n", gzip-compressed. Lines are only ever added, to the last chunk or after it.
create table session_log_chunk (
    session_id uuid not null references session_log (session_id) on delete cascade,
    seq bigint not null,
    last_ns bigint not null,
    content bytea not null,
    primary key (session_id, seq)
);

alter table session_log_chunk alter column content set storage external;
create index session_log_chunk_by_time on session_log_chunk (session_id, last_ns);

-- Markers that must appear once.
create table session_log_mark (
    session_id uuid not null references session_log (session_id) on delete cascade,
    once text not null,
    primary key (session_id, once)
);
