package com.mimiry.logs;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.ContainerEngine.LogEntry;
import com.mimiry.platform.CuttableDataSource;
import com.mimiry.platform.CuttableDataSource.Fault;
import com.mimiry.platform.Database;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever breaks, and whenever: every line is there once, in order. */
@Timeout(120)
class SessionLogsFaultTest {
    private static final LogsFixture.Config QUICK = LogsFixture.Config.DEFAULT.lease(Duration.ofMillis(300));

    private final LogsFixture fixture = new LogsFixture();
    private final FakeEngine engine = fixture.engine;
    private final List<CuttableDataSource> ways = new ArrayList<>();

    @AfterEach
    void stop() {
        ways.forEach(CuttableDataSource::cut);
        fixture.close();
    }

    private SessionLogs replica(java.util.function.Supplier<Fault> faults) {
        CuttableDataSource way = new CuttableDataSource(fixture.database.dataSource(), faults);
        ways.add(way);
        return fixture.replica(QUICK, new Database(way.dataSource()));
    }

    @RepeatedTest(4)
    void nothing_is_lost_or_repeated_when_everything_breaks_at_random() {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        List<String> expected = new ArrayList<>();
        List<LogEntry> script = script(random.split(), 4_000, expected);
        SplittableRandom forStreams = random.split();
        SplittableRandom forCommits = random.split();
        AtomicInteger breaksLeft = new AtomicInteger(8);
        AtomicInteger faultsLeft = new AtomicInteger(8);
        engine.breakStreams(_ -> chance(forStreams, 1_200, breaksLeft), random.nextBoolean());
        SessionLogs reader = fixture.replica();
        SessionLogs current = replica(() -> fault(forCommits, faultsLeft));

        for (LogEntry entry : script) {
            engine.add(entry);
            if (random.nextInt(100) == 0) {
                fixture.capture(current);
                LockSupport.parkNanos(random.nextLong(TimeUnit.MILLISECONDS.toNanos(8)));
            }
            if (random.nextInt(900) == 0) {
                ways.getLast().cut();
                current = replica(() -> fault(forCommits, faultsLeft));
            }
        }
        engine.exit(0);
        fixture.capture(current);

        fixture.awaitDrained(reader);
        assertThat(fixture.text(reader).lines().toList()).as("seed %d", seed).isEqualTo(expected);
        LogsFixture.assertStrictlyIncreasing(fixture.times(reader));
    }

    private static synchronized boolean chance(SplittableRandom random, int oneIn, AtomicInteger left) {
        return random.nextInt(oneIn) == 0 && left.decrementAndGet() >= 0;
    }

    private static synchronized Fault fault(SplittableRandom random, AtomicInteger left) {
        if (left.get() <= 0) {
            return Fault.NONE;
        }
        Fault fault = switch (random.nextInt(12)) {
            case 0 -> Fault.BEFORE_COMMIT;
            case 1 -> Fault.AFTER_COMMIT;
            default -> Fault.NONE;
        };
        if (fault != Fault.NONE) {
            left.decrementAndGet();
        }
        return fault;
    }

    /** Lines of random length on both streams, in random parts, stamped by a clock that stands still and steps back. */
    private static List<LogEntry> script(SplittableRandom random, int size, List<String> expected) {
        List<LogEntry> script = new ArrayList<>();
        StringBuilder[] open = {new StringBuilder(), new StringBuilder()};
        Instant clock = FakeEngine.START;
        for (int i = 0; i < size; i++) {
            int stream = random.nextInt(2);
            String part = (stream == 0 ? "out" : "err")
                    + i
                    + "x".repeat(random.nextInt(random.nextInt(20) == 0 ? 9_000 : 40));
            boolean whole = random.nextInt(3) > 0;
            open[stream].append(part);
            if (whole) {
                expected.add(open[stream].toString());
                open[stream].setLength(0);
            }
            clock = clock.plusNanos(random.nextInt(3) == 0 ? 0 : random.nextInt(2_000_000));
            clock = random.nextInt(2_000) == 0 ? clock.minusSeconds(3_600) : clock;
            Instant at = random.nextInt(8) == 0 ? clock.minusNanos(random.nextInt(1_000_000)) : clock;
            script.add(new LogEntry(at, stream == 1, payload(part, whole)));
        }
        for (StringBuilder rest : open) {
            if (!rest.isEmpty()) {
                expected.add(rest.toString());
            }
        }
        return script;
    }

    private static byte[] payload(String text, boolean whole) {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        payload.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        if (whole) {
            payload.write('\n');
        }
        return payload.toByteArray();
    }

    @Test
    void of_two_replicas_one_captures_and_the_other_takes_over_when_it_dies() {
        SessionLogs first = replica(() -> Fault.NONE);
        SessionLogs second = fixture.replica(QUICK, fixture.database);
        engine.stdout("a\n");
        fixture.capture(first);
        fixture.awaitText(second, "a\n");
        fixture.capture(second);
        engine.stdout("b\n");
        fixture.awaitText(second, "a\nb\n");
        assertThat(engine.streams.get()).isEqualTo(1);

        ways.getFirst().cut();
        engine.stdout("c\n");

        fixture.awaitText(second, "a\nb\nc\n");
        assertThat(engine.streams.get()).isEqualTo(2);
    }

    @Test
    void two_replicas_that_keep_taking_the_lease_from_each_other_store_each_line_once() {
        SessionLogs first = fixture.replica(QUICK, fixture.database);
        SessionLogs second = fixture.replica(QUICK, fixture.database);
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 400; i++) {
            engine.stdout("line " + i + "\n");
            expected.append("line ").append(i).append('\n');
            fixture.capture(i % 2 == 0 ? first : second);
            if (i % 20 == 0) {
                fixture.database.useTransaction(
                        tx -> tx.handle().execute("update log_capturer set lease_until = now() - interval '1 second'"));
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(60));
            }
        }
        engine.exit(0);

        fixture.awaitDrained(first);
        assertThat(fixture.text(first)).isEqualTo(expected.toString());
    }

    @Test
    void a_lost_lease_stops_the_writer_before_it_writes() {
        SessionLogs logs = fixture.replica();
        engine.stdout("a\n");
        fixture.capture(logs);
        fixture.awaitText(logs, "a\n");
        fixture.database.useTransaction(
                tx -> tx.handle().execute("update session_log set lease_token = gen_random_uuid()"));

        engine.stdout("b\n");

        Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        assertThat(fixture.text(logs)).isEqualTo("a\n");
    }

    @Test
    void an_orderly_stop_stores_what_was_read_and_the_next_start_goes_on_at_once() {
        LogsFixture.Config longLease = QUICK.lease(Duration.ofMinutes(5));
        SessionLogs first = fixture.replica(longLease, fixture.database);
        engine.stdout("a\n").stdout("half ");
        fixture.capture(first);
        Awaitility.await()
                .untilAsserted(() -> assertThat(engine.delivered.get()).isEqualTo(2));
        first.close();
        assertThat(fixture.text(first)).isEqualTo("a\n");

        engine.stdout("and half\n");
        SessionLogs second = fixture.replica(longLease, fixture.database);
        fixture.capture(second);

        fixture.awaitText(second, "a\nhalf and half\n");
    }

    @Test
    void the_engine_is_not_read_faster_than_the_database_writes() {
        String line = "z".repeat(1_000) + "\n";
        for (int i = 0; i < 50_000; i++) {
            engine.stdout(line);
        }
        engine.exit(0);
        SessionLogs logs = fixture.replica();
        logs.mark(fixture.session, "m", "first", FakeEngine.START);
        fixture.database.useTransaction(tx -> {
            tx.handle().execute("lock table session_log_chunk in exclusive mode");
            fixture.capture(logs);
            Awaitility.await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
            assertThat(engine.delivered.get()).isBetween(500L, 1_200L);
        });

        fixture.awaitDrained(logs);
        assertThat(logs.read(fixture.session, null, 3, false).text()).isEqualTo(line.repeat(3));
    }
}
