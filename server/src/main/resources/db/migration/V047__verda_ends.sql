-- Why Verda ended a machine by itself, written down together with gone_at; null where we asked for it, or it is not known.
alter table verda_machine
    add column ended_why text check (ended_why in ('spot_reclaimed', 'account_empty', 'unexplained')),
    add column ended_words text;
