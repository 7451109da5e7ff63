package com.mimiry.reconcile;

import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;

/** The rows of the work queue that we write ourselves, so that they commit together with what they are about. */
final class ReconcileStore {
    /** A row that is there already and in somebody's hands is marked: one more step must follow the one under way. */
    void insert(Transaction tx, String kind, UUID id, Instant at) {
        tx.handle()
                .createUpdate("""
                        insert into scheduled_tasks (task_name, task_instance, execution_time, picked, version)
                        values (:kind, :id, :at, false, 1)
                        on conflict (task_name, task_instance) do update set priority = 1 where scheduled_tasks.picked
                        """)
                .bind("kind", kind)
                .bind("id", id.toString())
                .bind("at", at.atOffset(ZoneOffset.UTC))
                .execute();
    }

    /** @return what became of the wish to run the row's step now */
    Hurried hurry(Transaction tx, String kind, UUID id, Instant at) {
        OffsetDateTime time = at.atOffset(ZoneOffset.UTC);
        int moved = tx.handle()
                .createUpdate("""
                        update scheduled_tasks set execution_time = :at, version = version + 1
                        where task_name = :kind and task_instance = :id and not picked and execution_time > :at
                        """)
                .bind("kind", kind)
                .bind("id", id.toString())
                .bind("at", time)
                .execute();
        if (moved > 0) {
            return Hurried.DUE;
        }
        return tx.handle()
                .createQuery("""
                        select picked from scheduled_tasks where task_name = :kind and task_instance = :id
                        """)
                .bind("kind", kind)
                .bind("id", id.toString())
                .mapTo(Boolean.class)
                .findOne()
                .map(picked -> picked ? Hurried.RUNNING : Hurried.DUE)
                .orElse(Hurried.GONE);
    }

    /**
     * Takes a row out of the queue after its last step.
     *
     * @return false where it was begun again meanwhile, or is in other hands; then it stays, its mark removed
     */
    boolean finish(Transaction tx, String kind, UUID id, long version) {
        boolean finished = tx.handle()
                        .createUpdate("""
                        delete from scheduled_tasks
                        where task_name = :kind and task_instance = :id and version = :version and priority is null
                        """)
                        .bind("kind", kind)
                        .bind("id", id.toString())
                        .bind("version", version)
                        .execute()
                == 1;
        if (!finished) {
            tx.handle()
                    .createUpdate("""
                            update scheduled_tasks set priority = null
                            where task_name = :kind and task_instance = :id and version = :version
                            """)
                    .bind("kind", kind)
                    .bind("id", id.toString())
                    .bind("version", version)
                    .execute();
        }
        return finished;
    }

    /** The lane stands in the data that the queue keeps with each row. */
    void lane(Transaction tx, String kind, UUID id, String lane) {
        tx.handle()
                .createUpdate("""
                        update scheduled_tasks set task_data = :lane where task_name = :kind and task_instance = :id
                        """)
                .bind("lane", LaneSerializer.bytes(lane))
                .bind("kind", kind)
                .bind("id", id.toString())
                .execute();
    }

    List<WorkQueue.Waiting> byLane(Transaction tx, Instant now) {
        return tx.handle()
                .createQuery("""
                        select convert_from(task_data, 'UTF8') as lane, count(*) as whole,
                            count(*) filter (where not picked and execution_time <= :now) as due,
                            min(execution_time) filter (where not picked and execution_time <= :now) as oldest
                        from scheduled_tasks where task_data is not null group by 1 order by 1 limit 1000
                        """)
                .bind("now", now.atOffset(ZoneOffset.UTC))
                .map((row, _) -> {
                    OffsetDateTime oldest = row.getObject("oldest", OffsetDateTime.class);
                    return new WorkQueue.Waiting(
                            row.getString("lane"),
                            row.getLong("whole"),
                            row.getLong("due"),
                            oldest == null ? null : oldest.toInstant());
                })
                .list();
    }

    /** Frees what a former life of this replica had in its hands when it died. */
    int abandon(Transaction tx, String replica) {
        return tx.handle().createUpdate("""
                        update scheduled_tasks
                        set picked = false, picked_by = null, last_heartbeat = null, version = version + 1
                        where picked and picked_by = :replica
                        """).bind("replica", replica).execute();
    }

    /** What waits and what does not get on. The table holds only what is still to be done. */
    Queue queue(Transaction tx, Instant now) {
        return tx.handle()
                .createQuery("""
                        select count(*) as whole,
                            count(*) filter (where consecutive_failures >= 5) as failing,
                            count(*) filter (where not picked and execution_time < :limit) as late,
                            count(*) filter (where picked and last_heartbeat < :limit) as silent
                        from scheduled_tasks
                        """)
                .bind("limit", now.minusSeconds(60).atOffset(ZoneOffset.UTC))
                .map((row, _) -> new Queue(
                        row.getLong("whole"), row.getLong("failing"), row.getLong("late"), row.getLong("silent")))
                .one();
    }

    record Queue(long rows, long failing, long late, long silent) {}

    enum Hurried {
        DUE,
        RUNNING,
        GONE
    }
}
