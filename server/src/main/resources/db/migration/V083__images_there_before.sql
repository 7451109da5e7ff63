-- All images that were on the host before: one of them may be what the name stands for elsewhere.
alter table credentialed_pull rename column had to there;
alter table credentialed_pull
    alter column there type text[] using case when there is null then array[]::text[] else array[there] end,
    alter column there set not null;
