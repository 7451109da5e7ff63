-- A launch of which nothing came, though nobody said no, takes one of max_attempts and not its candidate.
alter table placement_attempt drop constraint placement_attempt_spends_check;
alter table placement_attempt add constraint placement_attempt_spends_check
    check (spends in ('attempt', 'try', 'candidate', 'dearer', 'provider', 'nothing'));
