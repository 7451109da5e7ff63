-- What costs more than was reserved for takes all that is as dear with it; other refusals of ours only their candidate.
alter table placement_attempt drop constraint placement_attempt_spends_check;
alter table placement_attempt add constraint placement_attempt_spends_check
    check (spends in ('attempt', 'candidate', 'dearer', 'provider', 'nothing'));

-- Since when the engine of a machine whose session runs does not answer, and whether the session's events say so.
alter table placement_attempt
    add column silent_since timestamptz,
    add column silence_told boolean not null default false;
