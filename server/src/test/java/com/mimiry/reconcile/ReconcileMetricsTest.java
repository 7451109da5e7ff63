package com.mimiry.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class ReconcileMetricsTest {
    private static final Instant NOW = Instant.parse("2026-03-10T08:00:00Z");

    private final Database database = TestDatabase.create();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private void row(String id, String columns, String values) {
        database.useTransaction(tx -> tx.handle()
                .createUpdate("insert into scheduled_tasks (task_name, task_instance, version, " + columns
                        + ") values ('session', '" + id + "', 1, " + values + ")")
                .execute());
    }

    @Test
    void what_does_not_get_on_is_counted_by_how_it_shows() {
        row("waits", "picked, execution_time", "false, '2026-03-10 09:00:00Z'");
        row("due", "picked, execution_time", "false, '2026-03-10 07:59:30Z'");
        row("late", "picked, execution_time", "false, '2026-03-10 07:58:59Z'");
        row("works", "picked, execution_time, last_heartbeat", "true, '2026-03-10 07:00:00Z', '2026-03-10 07:59:58Z'");
        row("silent", "picked, execution_time, last_heartbeat", "true, '2026-03-10 07:00:00Z', '2026-03-10 07:58:00Z'");
        row("fails", "picked, execution_time, consecutive_failures", "false, '2026-03-10 08:01:00Z', 5");
        row("failed-before", "picked, execution_time, consecutive_failures", "false, '2026-03-10 08:01:00Z', 4");
        ReconcileMetrics metrics = new ReconcileMetrics(database, Clock.fixed(NOW, ZoneOffset.UTC), registry);
        assertThat(metrics).isNotNull();
        assertThat(gauge("rows")).isEqualTo(7);
        assertThat(gauge("late")).isEqualTo(1);
        assertThat(gauge("silent")).isEqualTo(1);
        assertThat(gauge("failing")).isEqualTo(1);
    }

    private double gauge(String name) {
        return registry.get("mimiry.reconcile." + name).gauge().value();
    }
}
