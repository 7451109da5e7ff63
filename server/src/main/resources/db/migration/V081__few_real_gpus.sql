-- GPUs that are passed to containers are looked for at each launch, among machines most of which may have simulated ones.
create index docker_machine_passed on docker_machine (tag) where gpus_passed and ended_at is null;
