package com.mimiry.simulation;

import com.mimiry.platform.Transaction;
import com.mimiry.reconcile.Reconciler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The work queue of all replicas in virtual time, with the manners of the real one: a row is stepped by one replica at a
 * time, a failed step is run again with growing delay, the steps of a replica that died or does not stir are taken over
 * after some seconds, and who finishes after that has no say any more.
 */
final class StepQueue {
    private static final long DEAD_AFTER_MILLIS = 8_000;
    private static final long RETRY_MILLIS_MAX = 30_000;

    private final World world;
    private final Supplier<List<Replica>> replicas;
    private final Breach breach;
    private final Map<Key, Job> jobs = new LinkedHashMap<>();
    private long steps;

    StepQueue(World world, Supplier<List<Replica>> replicas, Breach breach) {
        this.world = world;
        this.replicas = replicas;
        this.breach = breach;
    }

    private record Key(String kind, UUID id) {}

    private static final class Job {
        private final Key key;
        private long due;
        private long stamp;
        private int failures;
        private boolean begunAgain;
        private @Nullable Execution picked;

        Job(Key key) {
            this.key = key;
        }
    }

    private static final class Execution {
        private final Replica replica;
        private boolean hurried;

        Execution(Replica replica) {
            this.replica = replica;
        }
    }

    /** The queue as one replica uses it. */
    Reconciler of(Replica replica) {
        return new Reconciler() {
            @Override
            public void begin(Transaction tx, String kind, UUID id) {
                Strand strand = Strand.current();
                Runnable add = () -> add(new Key(kind, id));
                if (strand == null) {
                    add.run();
                } else {
                    strand.onCommit.add(add);
                }
            }

            @Override
            public void wake(String kind, UUID id) {
                replica.requireAlive();
                hurry(new Key(kind, id));
            }
        };
    }

    private void add(Key key) {
        Job known = jobs.get(key);
        if (known == null) {
            Job job = new Job(key);
            jobs.put(key, job);
            schedule(job, 0);
        } else {
            known.begunAgain = known.picked != null;
        }
    }

    private void hurry(Key key) {
        Job job = jobs.get(key);
        if (job == null) {
            return;
        }
        if (job.picked != null) {
            job.picked.hurried = true;
        } else if (job.due > world.now()) {
            schedule(job, 0);
        }
    }

    private void schedule(Job job, long micros) {
        job.due = world.now() + micros;
        long stamp = ++job.stamp;
        long lag = world.mischief ? world.chance.micros(0, world.mood.lagMillisMax()) : world.chance.micros(0, 100);
        world.after(micros + lag, () -> pick(job, stamp));
    }

    private void pick(Job job, long stamp) {
        if (job.stamp != stamp || job.picked != null || jobs.get(job.key) != job) {
            return;
        }
        List<Replica> free = replicas.get().stream().filter(Replica::available).toList();
        if (free.isEmpty()) {
            world.after(500_000, () -> pick(job, stamp));
            return;
        }
        Execution execution = new Execution(world.chance.of(free));
        job.picked = execution;
        steps++;
        world.spawn(execution.replica, () -> run(job, execution));
    }

    private void run(Job job, Execution execution) {
        Objects.requireNonNull(Strand.current()).owns = () -> job.picked == execution;
        Reconciler.Next next;
        try {
            next = execution.replica.steps(job.key.kind()).step(job.key.id());
        } catch (RuntimeException e) {
            execution.replica.requireAlive();
            world.tell(execution.replica.name(), "step of %s failed: %s".formatted(job.key.id(), e));
            if (job.picked == execution) {
                job.failures++;
                job.picked = null;
                schedule(job, Math.min(RETRY_MILLIS_MAX, 500L << Math.min(job.failures, 16)) * 1_000);
            }
            return;
        }
        execution.replica.requireAlive();
        if (job.picked == execution) {
            complete(job, execution, next);
        }
    }

    private void complete(Job job, Execution execution, Reconciler.Next next) {
        job.failures = 0;
        job.picked = null;
        boolean again = job.begunAgain;
        job.begunAgain = false;
        switch (next) {
            case Reconciler.Next.Done _ -> {
                if (again) {
                    schedule(job, 0);
                } else {
                    jobs.remove(job.key);
                }
            }
            case Reconciler.Next.After(Duration delay) ->
                schedule(job, execution.hurried || again ? 0 : delay.toNanos() / 1_000);
        }
    }

    /** A replica died: what it had in its hands is noticed after a while. */
    void died(Replica replica) {
        if (breach == Breach.STEPS_RUN_AT_MOST_ONCE) {
            return;
        }
        world.after(world.chance.micros(DEAD_AFTER_MILLIS, DEAD_AFTER_MILLIS + 2_000), () -> release(replica));
    }

    /** A replica does not stir: if that lasts, others take over, and it will not know. */
    void frozen(Replica replica) {
        world.after(world.chance.micros(DEAD_AFTER_MILLIS, DEAD_AFTER_MILLIS + 2_000), () -> {
            if (!replica.alive() || replica.frozenUntil() > world.now()) {
                release(replica);
            }
        });
    }

    void release(Replica replica) {
        if (breach == Breach.STEPS_RUN_AT_MOST_ONCE) {
            return;
        }
        for (Job job : new ArrayList<>(jobs.values())) {
            if (job.picked != null && job.picked.replica == replica) {
                job.picked = null;
                schedule(job, 0);
            }
        }
    }

    /** Whether a row of this kind has steps left. */
    boolean busy(String kind) {
        return jobs.keySet().stream().anyMatch(key -> key.kind().equals(kind));
    }

    List<UUID> left(String kind) {
        return jobs.keySet().stream()
                .filter(key -> key.kind().equals(kind))
                .map(Key::id)
                .toList();
    }

    long steps() {
        return steps;
    }
}
