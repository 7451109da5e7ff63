package com.mimiry.simulation;

import com.mimiry.logs.SessionLogs;
import com.mimiry.platform.Database;
import com.mimiry.platform.Money;
import com.mimiry.simulation.AuditStore.AccountRow;
import com.mimiry.simulation.AuditStore.AttemptRow;
import com.mimiry.simulation.AuditStore.EventRow;
import com.mimiry.simulation.AuditStore.MeterRow;
import com.mimiry.simulation.AuditStore.SessionRow;
import com.mimiry.simulation.AuditStore.VolumeRow;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Compares what our rows say at the end with what really was: the machines, the containers, the provider's own meter. */
final class Audit {
    /** Two replicas' clocks, and the provider's. */
    private static final long CLOCKS_MICROS = 1_000_000;
    /** Between the two listings that prove a machine gone, by default. */
    private static final long ABSENCE_GAP_MICROS = 2_000_000;
    /** How long it may take to notice that a machine has gone, everything being down for a while included. */
    private static final long NOTICE_MICROS = 15 * 60_000_000L;
    /** The deadline's slack on the machine, then the time between SIGTERM and SIGKILL. */
    private static final long DEADLINE_MICROS = 14_000_000L;

    private static final Map<String, Set<String>> MOVES = Map.of(
            "", Set.of("submitted"),
            "submitted", Set.of("provisioned", "stopped", "provision_failed"),
            "provisioned", Set.of("started", "stopped", "failed"),
            "started", Set.of("completed", "failed", "stopped"),
            "completed", Set.of("terminated"),
            "stopped", Set.of("terminated"),
            "failed", Set.of("failed", "terminated"),
            "provision_failed", Set.of("provision_failed", "terminated"),
            "terminated", Set.of());

    private final SessionLogs logs;
    private final World world;
    private final List<Account> accounts;
    private final Customers customers;
    private final List<SessionRow> sessions;
    private final Map<UUID, List<AttemptRow>> attempts;
    private final Map<UUID, List<EventRow>> events;
    private final Map<UUID, MeterRow> meters;
    private final List<AccountRow> balances;
    private final List<VolumeRow> volumes;

    Audit(Database database, SessionLogs logs, World world, List<Account> accounts, Customers customers) {
        this.logs = logs;
        this.world = world;
        this.accounts = accounts;
        this.customers = customers;
        AuditStore store = new AuditStore(database);
        Set<UUID> organizations = customers.paid().keySet();
        this.sessions = store.sessions(organizations);
        this.attempts = store.attempts(organizations).stream().collect(Collectors.groupingBy(AttemptRow::session));
        this.events = store.events(organizations).stream().collect(Collectors.groupingBy(EventRow::session));
        this.meters =
                store.meters(organizations).stream().collect(Collectors.toMap(MeterRow::resource, Function.identity()));
        this.balances = store.accounts(organizations);
        this.volumes = store.volumes(organizations);
    }

    void audit() {
        for (SessionRow session : sessions) {
            for (EventRow event : events.getOrDefault(session.id(), List.of())) {
                world.story.tell(
                        world.micros(event.at()),
                        "row",
                        "%s %s %s: %s".formatted(session.id(), event.type(), event.state(), event.message()));
            }
            for (AttemptRow attempt : attempts.getOrDefault(session.id(), List.of())) {
                world.story.name(attempt.id(), world.story.readable(session.id().toString()) + "#" + attempt.ordinal());
            }
        }
        nothingIsLeft();
        for (SessionRow session : sessions) {
            world.story.name(session.id(), session.name());
            String refusal = customers.named(session.name()).refusal;
            if (refusal != null) {
                wrong(session, "exists and costs money, but its owner was told '%s'".formatted(refusal));
            }
            history(session);
            times(session);
            attemptsAgree(session);
            bill(session);
            theEndIsExplained(session);
            deadline(session);
            endOfMoney(session);
            output(session);
        }
        new VolumeAudit(world, accounts, customers.volumes(), volumes, meters).audit();
        books();
    }

    /** How many sessions ended in which way. */
    Map<String, Integer> ends() {
        return sessions.stream()
                .collect(Collectors.toMap(
                        session -> String.valueOf(session.endState()), _ -> 1, Integer::sum, TreeMap::new));
    }

    private void wrong(SessionRow session, String what) {
        world.violation("session %s: %s".formatted(session.id(), what));
    }

    private void nothingIsLeft() {
        for (Account account : accounts) {
            for (SimulatedMachine machine : account.machines()) {
                if (machine.existsAt(world.now())) {
                    world.violation("%s holds machine %s of %s, which no live row owns"
                            .formatted(account.name(), machine.tag, machine.session));
                }
            }
        }
    }

    private void history(SessionRow session) {
        String state = "";
        for (EventRow event : events.getOrDefault(session.id(), List.of())) {
            if (event.type().equals("state")) {
                if (!MOVES.getOrDefault(state, Set.of()).contains(event.state())) {
                    wrong(session, "went from '%s' to '%s'".formatted(state, event.state()));
                }
                state = event.state();
            }
        }
        if (!state.equals(session.state())) {
            wrong(session, "is %s, its history ends with %s".formatted(session.state(), state));
        }
        boolean failed = session.state().equals("failed") || session.state().equals("provision_failed");
        boolean atRest = session.terminatedAt() != null
                && session.operation().isEmpty()
                && (session.state().equals("terminated") || (failed && session.deleteRequestedAt() == null));
        if (!atRest) {
            wrong(session, "is stuck in %s '%s'".formatted(session.state(), session.operation()));
        }
    }

    /** One after the other, whatever the clocks of replicas and machines say. */
    private void times(SessionRow session) {
        List<Instant> order = Stream.of(session.provisionedAt(), session.startedAt(), session.endedAt())
                .filter(Objects::nonNull)
                .toList();
        if (!order.equals(order.stream().sorted().toList())) {
            wrong(
                    session,
                    "was provisioned at %s, started at %s, ended at %s"
                            .formatted(session.provisionedAt(), session.startedAt(), session.endedAt()));
        }
    }

    private @Nullable SimulatedMachine machine(AttemptRow attempt) {
        return accounts.stream()
                .filter(account -> account.name().equals(attempt.provider()))
                .findFirst()
                .orElseThrow()
                .machine(attempt.id());
    }

    private Optional<EventRow> goneEvent(SessionRow session) {
        return events.getOrDefault(session.id(), List.of()).stream()
                .filter(event -> event.type().equals("machine_gone"))
                .findFirst();
    }

    private void attemptsAgree(SessionRow session) {
        for (AttemptRow attempt : attempts.getOrDefault(session.id(), List.of())) {
            SimulatedMachine machine = machine(attempt);
            boolean closed = attempt.status().equals("gone") || attempt.status().equals("refused");
            if (!closed) {
                wrong(session, "its attempt %s is still %s".formatted(attempt.id(), attempt.status()));
            }
            if (attempt.launched() && machine == null) {
                wrong(session, "its attempt %s is launched, but was never made".formatted(attempt.id()));
            }
            if (attempt.status().equals("gone") && machine != null && !machine.late) {
                provenGone(session, attempt, machine);
            }
        }
    }

    private void provenGone(SessionRow session, AttemptRow attempt, SimulatedMachine machine) {
        Instant closedAt = attempt.goneAt();
        if (closedAt == null || world.micros(closedAt) < machine.goneAt - CLOCKS_MICROS) {
            wrong(
                    session,
                    "rule 3: machine %s was taken for gone at %s, it was there until %s"
                            .formatted(machine.tag, closedAt, world.instant(machine.goneAt)));
        }
        goneEvent(session).ifPresent(event -> {
            if (attempt.launched() && world.micros(event.at()) > machine.goneAt + NOTICE_MICROS) {
                wrong(
                        session,
                        "machine %s was noticed to be gone only at %s, it went at %s"
                                .formatted(machine.tag, event.at(), world.instant(machine.goneAt)));
            }
        });
    }

    private void bill(SessionRow session) {
        MeterRow meter = meters.get(session.id());
        if (meter == null) {
            wrong(session, "has no meter");
            return;
        }
        if (!meter.state().equals("closed") || meter.held() != 0) {
            wrong(session, "its meter is %s and holds %d".formatted(meter.state(), meter.held()));
        }
        Instant from = session.provisionedAt();
        if (from == null) {
            if (meter.charged() != 0 || meter.seconds() != 0) {
                wrong(session, "rule 8: was charged %d without ever having had a machine".formatted(meter.charged()));
            }
            return;
        }
        List<AttemptRow> all = attempts.getOrDefault(session.id(), List.of());
        AttemptRow attempt = all.getLast();
        SimulatedMachine machine = machine(attempt);
        if (machine == null || world.micros(from) != machine.launchedAt) {
            wrong(
                    session,
                    "rule 8: is billed from %s, its machine began at %s"
                            .formatted(from, machine == null ? "no time" : world.instant(machine.launchedAt)));
            return;
        }
        Optional<EventRow> gone = goneEvent(session);
        if (gone.isEmpty()) {
            wrong(session, "its machine was never said to be gone");
            return;
        }
        long seconds = Math.max(0, Math.ceilDiv(world.micros(gone.get().at()) - machine.launchedAt, 1_000_000L));
        expect(session, "seconds", seconds, meter.seconds());
        expect(session, "charge", price(attempt.rateMicros(), seconds), meter.charged());
        expect(session, "cost", price(attempt.costMicros(), seconds), meter.cost());
        notOvercharged(session, attempt, machine, meter);
        long provider = Math.ceilDiv(Math.min(machine.goneAt, world.now()) - machine.launchedAt, 1_000_000L);
        // The bill ends with the first of the two listings that prove the end, also where the provider left it out by
        // mistake.
        boolean leftOut = machine.hiddenAt(world.micros(gone.get().at()), CLOCKS_MICROS);
        if (meter.seconds() < provider - 1 && !leftOut) {
            wrong(
                    session,
                    "rule 8: %d seconds were charged, the provider's meter has %d"
                            .formatted(meter.seconds(), provider));
        }
    }

    /**
     * By what the provider takes, not by what our rows say it does, and no longer than until the first of the two listings that
     * proved the machine gone: the second came some time after it and before the row was closed.
     */
    private void notOvercharged(SessionRow session, AttemptRow attempt, SimulatedMachine machine, MeterRow meter) {
        long rate = machine.kind.hourlyCost().micros() * 9 / 8;
        long proven = world.micros(Objects.requireNonNull(attempt.goneAt())) - ABSENCE_GAP_MICROS + CLOCKS_MICROS;
        long most = price(rate, Math.max(0, Math.ceilDiv(proven - machine.launchedAt, 1_000_000L)));
        if (meter.charged() > most) {
            wrong(session, "rule 8: was charged %d, at most %d was used".formatted(meter.charged(), most));
        }
    }

    private void expect(SessionRow session, String what, long expected, long was) {
        if (expected != was) {
            wrong(session, "rule 8: %s is %d where %d was used".formatted(what, was, expected));
        }
    }

    /** To the nearest micro-euro, half of one upwards. */
    private static long price(long hourly, long seconds) {
        return Math.floorDiv(2 * hourly * seconds + 3_600, 7_200);
    }

    private @Nullable Box box(SessionRow session) {
        List<AttemptRow> all = attempts.getOrDefault(session.id(), List.of());
        if (all.isEmpty()) {
            return null;
        }
        SimulatedMachine machine = machine(all.getLast());
        return machine == null ? null : machine.boxes.get("mimiry-" + machine.tag);
    }

    private void theEndIsExplained(SessionRow session) {
        Box box = box(session);
        if (box != null && box.runs > 1) {
            wrong(session, "its command was run %d times".formatted(box.runs));
        }
        String end = session.endState();
        String reason = session.stopReason();
        if (end == null) {
            return;
        }
        boolean explained = switch (end) {
            case "completed" -> box != null && box.commandExit != null && box.commandExit == 0;
            case "failed" -> reason == null ? failureExplained(session, box) : lossExplained(session, box);
            case "stopped" -> stopExplained(session, box, reason == null ? "" : reason);
            case "provision_failed" ->
                attempts.getOrDefault(session.id(), List.of()).stream().noneMatch(AttemptRow::launched);
            default -> false;
        };
        if (!explained) {
            wrong(
                    session,
                    "ended as %s (%s, exit code %s, '%s'), which nothing that happened explains%s"
                            .formatted(end, reason, session.exitCode(), session.error(), truth(box)));
        }
    }

    private static String truth(@Nullable Box box) {
        return box == null ? "; there was no container" : "; its command ended with " + box.commandExit;
    }

    private boolean failureExplained(SessionRow session, @Nullable Box box) {
        if (session.exitCode() != null) {
            return box != null && session.exitCode().equals(box.commandExit);
        }
        String error = String.valueOf(session.error());
        Wish wish = customers.named(session.name());
        return error.contains("was not ready within")
                || error.contains("did not answer for")
                || error.contains("did not arrive within")
                || (error.contains("could not be pulled") && wish.imageMissing)
                || (error.contains("volumes could not be mounted")
                        && world.faults().containsKey(Fault.VOLUME_VANISHED))
                || (error.contains("no such device") && world.faults().containsKey(Fault.ENGINE_REFUSED));
    }

    private boolean lossExplained(SessionRow session, @Nullable Box box) {
        List<AttemptRow> all = attempts.getOrDefault(session.id(), List.of());
        SimulatedMachine machine = all.isEmpty() ? null : machine(all.getLast());
        if (session.endedAt() == null || machine == null) {
            return false;
        }
        boolean gone = String.valueOf(session.error()).contains("lists it no more");
        long end = world.micros(session.endedAt());
        // It counts as lost since the first listing without it, also where that one left it out by mistake.
        return gone
                ? machine.vanished && (machine.goneAt <= end + CLOCKS_MICROS || machine.hiddenAt(end, CLOCKS_MICROS))
                : box != null && box.died;
    }

    private boolean stopExplained(SessionRow session, @Nullable Box box, String reason) {
        Wish wish = customers.named(session.name());
        return switch (reason) {
            case "user_requested" -> session.deleteRequestedAt() != null && wish.deleteAsked;
            case "timed_out" -> {
                Long max = wish.maxDurationS;
                yield max != null
                        && box != null
                        && (box.deadlineFired
                                || world.micros(lastEnd(session)) - box.firstStartedAt()
                                        >= max * 1_000_000L - 3 * CLOCKS_MICROS);
            }
            case "balance_depleted" ->
                (box != null && box.moneyFired)
                        || customers.paid().get(session.organization()).micros() < 1_000_000_000L;
            case "cost_limit" -> wish.maxCost != null;
            default -> false;
        };
    }

    private Instant lastEnd(SessionRow session) {
        return session.terminatedAt() == null ? world.instant() : session.terminatedAt();
    }

    /** Deadlines fire, whoever is down. */
    private void deadline(SessionRow session) {
        Long max = customers.named(session.name()).maxDurationS;
        Box box = box(session);
        if (max == null || box == null || box.runs == 0) {
            return;
        }
        long ran = box.ranUntil() - box.startedAt();
        if (ran > max * 1_000_000L + DEADLINE_MICROS) {
            wrong(session, "rule 7: ran for %s with max_duration %d s".formatted(Story.time(ran), max));
        }
    }

    /** So does the end of the money, as the machine was told last; every machine was told something. */
    private void endOfMoney(SessionRow session) {
        Box box = box(session);
        if (box == null || box.runs == 0) {
            return;
        }
        AttemptRow attempt = attempts.getOrDefault(session.id(), List.of()).getLast();
        if (attempt.moneyOrder() == 0) {
            wrong(session, "rule 7: its machine was never told when its money ends");
        }
        if (!attempt.moneyArmed() || attempt.moneyEnd() == null) {
            return;
        }
        // What is said when a container is made counts from its start, which may come later than was thought.
        long told = box.paidUntil == Box.NONE ? 0 : box.paidUntil;
        long end = Math.max(told, world.micros(attempt.moneyEnd()));
        if (box.ranUntil() > end + DEADLINE_MICROS) {
            wrong(
                    session,
                    "rule 7: ran until %s, its money ended at %s"
                            .formatted(Story.time(box.ranUntil()), Story.time(end)));
        }
        if (attempt.moneyOrder() > 1
                && !box.runAgain()
                && !box.toldAfterEnd
                && Math.abs(told - world.micros(attempt.moneyEnd())) > DEADLINE_MICROS) {
            wrong(
                    session,
                    "rule 7: its machine thinks that its money lasts until %s, it is %s"
                            .formatted(Story.time(told), Story.time(world.micros(attempt.moneyEnd()))));
        }
    }

    /** Lines are stored once, in order and without a gap; the last ones may be lost with a machine. */
    private void output(SessionRow session) {
        Box box = box(session);
        if (box == null) {
            return;
        }
        List<String> stored = logs.read(session.id(), null, null, false)
                .text()
                .lines()
                .filter(line -> !line.startsWith("[mimiry] "))
                .toList();
        List<String> printed = box.printed();
        if (stored.size() > printed.size() || !printed.subList(0, stored.size()).equals(stored)) {
            wrong(session, "printed %s, its log has %s".formatted(printed, stored));
        }
    }

    private void books() {
        long sum = balances.stream().mapToLong(AccountRow::balance).sum();
        if (sum != 0) {
            world.violation("rule 8: all accounts together are %d".formatted(sum));
        }
        for (Map.Entry<UUID, Money> entry : customers.paid().entrySet()) {
            UUID organization = entry.getKey();
            List<MeterRow> mine = Stream.concat(
                            sessions.stream()
                                    .filter(session -> session.organization().equals(organization))
                                    .map(SessionRow::id),
                            volumes.stream()
                                    .filter(volume -> volume.organization().equals(organization))
                                    .map(VolumeRow::id))
                    .map(meters::get)
                    .filter(Objects::nonNull)
                    .toList();
            long charged = mine.stream().mapToLong(MeterRow::charged).sum();
            long held = mine.stream().mapToLong(MeterRow::held).sum();
            long cash = balance(organization, "cash");
            if (balance(organization, "reserved") != held) {
                world.violation("rule 8: %s has money reserved for nothing".formatted(organization));
            }
            if (cash != entry.getValue().micros() - charged - held) {
                world.violation("rule 8: %s has %d, was paid %d and charged %d"
                        .formatted(organization, cash, entry.getValue().micros(), charged));
            }
        }
    }

    private long balance(UUID organization, String kind) {
        return balances.stream()
                .filter(row ->
                        row.organization().equals(organization) && row.kind().equals(kind))
                .mapToLong(AccountRow::balance)
                .sum();
    }
}
