-- What a session's init was last told about the end of its money; money_order 0 = nothing yet.
alter table placement_attempt
    add column money_order bigint not null default 0,
    add column money_end timestamptz,
    add column money_reason text,
    -- whether it is known to have reached the init
    add column money_armed boolean not null default false,
    add check ((money_end is null) = (money_reason is null));
