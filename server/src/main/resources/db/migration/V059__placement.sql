-- The offer whose price a session was created with: provider|location|reference.
alter table session add column quoted text;

-- What an attempt that came to nothing has used up: one of max_attempts, only its candidate, or all of its provider.
alter table placement_attempt add column spends text not null default 'attempt'
    check (spends in ('attempt', 'candidate', 'provider', 'nothing'));
