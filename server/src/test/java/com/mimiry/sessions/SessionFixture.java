package com.mimiry.sessions;

import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.InitLine;
import com.mimiry.logs.SessionLogs;
import com.mimiry.platform.Money;
import com.mimiry.providers.Provider;
import com.mimiry.sessions.Observed.ImageSight;
import com.mimiry.sessions.Observed.MachineSight;
import com.mimiry.sessions.Observed.MoneySight;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A session's row and its world, to be set field by field; starts as a session that was just accepted. */
final class SessionFixture {
    static final Instant T0 = Instant.parse("2026-05-01T12:00:00Z");
    static final Policy POLICY = new Policy(
            Duration.ofSeconds(6),
            Duration.ofSeconds(3),
            Duration.ofSeconds(2),
            Duration.ofSeconds(10),
            Duration.ofMinutes(15),
            Duration.ofMinutes(10),
            Duration.ofMinutes(15),
            Duration.ofMinutes(60),
            Duration.ofMinutes(5),
            Duration.ofSeconds(30),
            Duration.ofSeconds(2),
            Duration.ofSeconds(5),
            Duration.ofMillis(500),
            Duration.ofSeconds(2));

    final UUID id = new UUID(1, 1);
    final UUID tag = new UUID(2, 2);
    long version = 1;

    @Nullable String command = "train";

    AutoTerminate autoTerminate = AutoTerminate.ON_COMPLETE;

    @Nullable Duration maxDuration;

    SessionState state = SessionState.SUBMITTED;
    Operation operation = Operation.PROVISIONING;
    Instant operationSince = T0;

    @Nullable Instant updatedAt;

    @Nullable Instant provisionedAt;

    @Nullable Instant startedAt;

    @Nullable Instant startedShownAt;

    @Nullable Instant endedAt;

    @Nullable Instant endShownAt;

    @Nullable Instant deleteRequestedAt;

    @Nullable Instant terminatedAt;

    @Nullable StopReason endReason;

    @Nullable Instant endRequestedAt;

    @Nullable Instant termSentAt;

    @Nullable Instant killSentAt;

    Session.@Nullable Result result;

    @Nullable Integer exitCode;

    Attempt.@Nullable Status attempt;
    int ordinal = 1;
    Instant attemptAt = T0;

    @Nullable Instant destroyAskedAt;

    @Nullable Instant absentSince;

    @Nullable Instant absentSeenAt;

    Attempt.@Nullable Silence silence;

    @Nullable ContainerStatus container;

    MachineSight machine = new MachineSight.Unseen();
    ImageSight image = new ImageSight.Unseen();
    boolean drained;

    @Nullable Instant lastReadableAt;

    final List<InitLine> reports = new ArrayList<>();

    MoneySight money = new MoneySight.Unasked();

    @Nullable MoneyOrder moneyOrder;

    /** The session with its container running since {@code T0}. */
    static SessionFixture started() {
        SessionFixture fixture = new SessionFixture();
        fixture.state = SessionState.STARTED;
        fixture.operation = Operation.NONE;
        fixture.provisionedAt = T0;
        fixture.startedAt = T0;
        fixture.startedShownAt = T0;
        fixture.attempt = Attempt.Status.LAUNCHED;
        fixture.container = new ContainerStatus.Running(T0);
        return fixture;
    }

    /** The session whose container is no longer running, with all of its output here. */
    static SessionFixture exited(int code) {
        SessionFixture fixture = started();
        fixture.operation = Operation.STOPPING;
        fixture.container = new ContainerStatus.Exited(T0, at(4), code, false, "");
        fixture.drained = true;
        return fixture;
    }

    static Instant at(double seconds) {
        return T0.plusMillis((long) (seconds * 1000));
    }

    static Provider.Machine machine(UUID tag) {
        return machine(tag, Provider.MachineState.RUNNING);
    }

    static Provider.Machine machine(UUID tag, Provider.MachineState state) {
        return new Provider.Machine(
                tag,
                "ref",
                state,
                EngineAddress.of("unix:///var/run/docker.sock"),
                List.of(),
                new Provider.Limits(1 << 30, 1, 100),
                T0);
    }

    Session row() {
        Session.Wanted wanted = new Session.Wanted(
                "name",
                "image",
                "{}",
                command,
                "{}",
                autoTerminate,
                true,
                null,
                false,
                maxDuration,
                null,
                "token",
                "127.64.0.1");
        Session.EndRequest end = endReason == null || endRequestedAt == null
                ? null
                : new Session.EndRequest(endReason, endRequestedAt, termSentAt, killSentAt);
        Session.Times times = new Session.Times(
                T0,
                updatedAt == null ? T0 : updatedAt,
                provisionedAt,
                startedAt,
                startedShownAt,
                endedAt,
                endShownAt,
                deleteRequestedAt,
                terminatedAt);
        return new Session(
                id,
                version,
                new UUID(3, 3),
                new UUID(4, 4),
                wanted,
                new Session.Placement(null, 1, null, null, Money.ZERO, null),
                state,
                operation,
                operationSince,
                end,
                result,
                exitCode,
                times,
                attemptRow());
    }

    private @Nullable Attempt attemptRow() {
        return attempt == null
                ? null
                : new Attempt(
                        tag,
                        ordinal,
                        "docker",
                        "LOCAL-01",
                        "ref",
                        "T4_16G_PCIe",
                        Money.ZERO,
                        Money.ZERO,
                        attempt,
                        attemptAt,
                        EngineAddress.of("unix:///var/run/docker.sock"),
                        List.of(),
                        new Provider.Limits(1L << 30, 0, 0),
                        destroyAskedAt,
                        absentSince,
                        moneyOrder,
                        absentSeenAt,
                        null,
                        silence);
    }

    Provider.Ended endedByProvider;

    @Nullable Instant endSeenSince;

    Observed observed() {
        return new Observed(
                container,
                machine,
                image,
                new SessionLogs.Progress(drained, lastReadableAt, List.copyOf(reports)),
                money,
                endedByProvider,
                endSeenSince);
    }

    Decision next(double atSeconds) {
        return SessionPlan.next(row(), observed(), POLICY, at(atSeconds));
    }
}
