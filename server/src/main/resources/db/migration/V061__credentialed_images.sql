-- What the session's container is made of: an image that anybody may have, or that its registry has just let it have.
alter table placement_attempt add column image_id text;

-- Pulls with credentials that have not ended, as far as is known: written before they begin.
create table credentialed_pull (
    attempt_id uuid primary key references placement_attempt (id),
    engine text not null,
    image text not null,
    -- the image that was there under this name before; null = none
    had text
);

create index credentialed_pull_by_engine on credentialed_pull (engine);

-- Images that came to an engine by such pulls: whoever wants one shows the registry that it may have it.
create table credentialed_image (
    engine text not null,
    image_id text not null,
    primary key (engine, image_id)
);
