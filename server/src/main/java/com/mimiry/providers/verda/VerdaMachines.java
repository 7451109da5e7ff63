package com.mimiry.providers.verda;

import com.mimiry.platform.Database;
import com.mimiry.providers.Provider.EndReason;
import com.mimiry.providers.Provider.Ended;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.ProviderPace;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Which of our machines Verda has. What its list shows is there. What it does not show is gone only when a second witness
 * says so: the record of the instance itself, which Verda keeps beyond its end; lists may be old or lack entries.
 */
final class VerdaMachines {
    private static final Logger LOG = Logger.getLogger(VerdaMachines.class);
    /** Instances asked for one by one after one list: a list that lacks more is worth little. */
    private static final int RECORDS_MAX = 30;

    private static final double SHARE_FOR_SESSIONS = 0.95;

    private final VerdaApi api;
    private final VerdaListing listing;
    private final ProviderPace recordPace;
    private final VerdaBalance balance;
    private final Database database;
    private final Duration appearWithin;
    private final Clock clock;
    private final VerdaMachineStore store = new VerdaMachineStore();

    VerdaMachines(
            VerdaApi api,
            VerdaListing listing,
            ProviderPace recordPace,
            VerdaBalance balance,
            Database database,
            Duration appearWithin,
            Clock clock) {
        this.recordPace = recordPace;
        this.balance = balance;
        this.api = api;
        this.listing = listing;
        this.database = database;
        this.appearWithin = appearWithin;
        this.clock = clock;
    }

    /**
     * @param there by tag
     * @param unproven tags that are not shown and may be there all the same
     * @param spares instances beyond the first that carry the tag of a machine
     * @param foreign how many instances of the account are not this deployment's
     */
    record Sight(Map<UUID, Seen> there, Set<UUID> unproven, List<Spare> spares, int foreign) {}

    /** @param row null for a machine that carries our ids and is in no row, as after restoring an old database */
    record Seen(UUID tag, VerdaInstance instance, @Nullable VerdaMachine row) {}

    /** @param of the machine whose tag it carries */
    record Spare(UUID of, VerdaInstance instance) {}

    /** What a session may take of a machine's memory: the engine and the way in need some. */
    static long memoryForSessions(long bytes) {
        return (long) (bytes * SHARE_FOR_SESSIONS);
    }

    Sight look() {
        List<VerdaInstance> listed = listing.now();
        // The rows after the list: what was asked for before the list began is in them.
        List<VerdaMachine> open = database.read(store::open);
        if (open.size() == VerdaMachineStore.OPEN_MAX) {
            throw new ProviderFailure.Unavailable("more machines than can be listed at once", null);
        }
        Map<UUID, VerdaMachine> rows = open.stream()
                .collect(Collectors.toMap(VerdaMachine::tag, row -> row, (first, _) -> first, LinkedHashMap::new));
        Map<UUID, List<VerdaInstance>> byTag = new HashMap<>();
        int foreign = 0;
        for (VerdaInstance instance : listed) {
            UUID tag = instance.machine();
            if (tag == null) {
                foreign++;
            } else if (instance.status() != VerdaStatus.DISCONTINUED) {
                byTag.computeIfAbsent(tag, _ -> new ArrayList<>()).add(instance);
            }
        }
        Map<UUID, Seen> there = new LinkedHashMap<>();
        List<Spare> spares = new ArrayList<>();
        byTag.forEach((tag, instances) -> {
            VerdaMachine row = rows.containsKey(tag)
                    ? rows.get(tag)
                    : database.read(tx -> store.find(tx, tag)).orElse(null);
            VerdaInstance first = first(instances, row);
            there.put(tag, new Seen(tag, first, row));
            instances.stream()
                    .filter(other -> !other.equals(first))
                    .forEach(other -> spares.add(new Spare(tag, other)));
        });
        Set<UUID> unproven = new HashSet<>();
        AtomicInteger records = new AtomicInteger();
        for (VerdaMachine row : rows.values()) {
            if (!byTag.containsKey(row.tag())) {
                missing(row, there, unproven, records);
            }
        }
        there.values().forEach(this::remember);
        return new Sight(there, unproven, spares, foreign);
    }

    /** The one that the row knows; else the oldest. */
    private static VerdaInstance first(List<VerdaInstance> instances, @Nullable VerdaMachine row) {
        UUID known = row == null ? null : row.instanceId();
        return instances.stream()
                .filter(instance -> instance.id().equals(known))
                .findFirst()
                .or(() -> instances.stream()
                        .min(Comparator.comparing((VerdaInstance instance) ->
                                        Objects.requireNonNullElse(instance.createdAt(), Instant.MAX))
                                .thenComparing(VerdaInstance::id)))
                .orElseThrow();
    }

    private void missing(VerdaMachine row, Map<UUID, Seen> there, Set<UUID> unproven, AtomicInteger records) {
        UUID id = row.instanceId();
        Instant now = clock.instant();
        if (id == null) {
            Instant asked = row.sentAt() == null ? row.createdAt() : row.sentAt();
            Duration patience = row.sentAt() == null ? VerdaLaunch.SEND_WITHIN : appearWithin;
            if (row.hostPublicKey() != null && now.isBefore(asked.plus(patience))) {
                unproven.add(row.tag());
            } else {
                // Should it show after all, it is listed like any other.
                database.useTransaction(tx -> store.gone(tx, row.tag(), now, null));
            }
            return;
        }
        if (records.incrementAndGet() > RECORDS_MAX || !recordPace.tryWithin()) {
            unproven.add(row.tag());
            return;
        }
        try {
            Optional<VerdaInstance> record = api.instance(id);
            if (record.isPresent() && record.get().status() != VerdaStatus.DISCONTINUED) {
                LOG.infof(
                        "verda's list lacks instance %s, which is %s",
                        id, record.get().statusText());
                there.put(row.tag(), new Seen(row.tag(), record.get(), row));
                return;
            }
            Ended why = row.destroyAskedAt() == null ? why(row) : null;
            if (why != null) {
                LOG.warnf("verda has ended instance %s (machine %s): %s", id, row.tag(), why.sentence());
            }
            database.useTransaction(tx -> store.gone(tx, row.tag(), now, why));
        } catch (ProviderFailure e) {
            LOG.warnf("whether verda still has instance %s is not known: %s", id, e.getMessage());
            unproven.add(row.tag());
        }
    }

    /** Nobody asked, so either the account is empty, or a spot machine was taken back; Verda itself does not say. */
    private Ended why(VerdaMachine row) {
        boolean empty = balance.ask().map(now -> now.amount().signum() <= 0).orElse(false);
        if (empty) {
            return new Ended(
                    EndReason.ACCOUNT_EMPTY, "verda ended the machine: the account that it is paid from is empty.");
        }
        return row.spot()
                ? new Ended(EndReason.SPOT_RECLAIMED, "verda took the spot machine back, as it may at any time.")
                : new Ended(EndReason.UNEXPLAINED, "verda ended the machine (discontinued) and does not say why.");
    }

    private void remember(Seen seen) {
        VerdaMachine row = seen.row();
        if (row == null) {
            return;
        }
        VerdaInstance instance = seen.instance();
        Instant now = clock.instant();
        boolean runs = instance.status() == VerdaStatus.RUNNING && instance.ip() != null;
        boolean news = row.instanceId() == null
                || row.refusedAt() != null
                || (instance.ip() != null && !instance.ip().equals(row.ip()))
                || (instance.osVolume() != null && !instance.osVolume().equals(row.osVolumeId()))
                || (runs && row.ranAt() == null);
        if (news) {
            Instant launchedAt = launchedAt(instance, row, now);
            database.useTransaction(tx -> store.seen(
                    tx, row.tag(), instance.id(), launchedAt, instance.osVolume(), instance.ip(), runs ? now : null));
        }
    }

    /** Verda's own time where its clock and ours agree on what was first. */
    static Instant launchedAt(VerdaInstance instance, VerdaMachine row, Instant now) {
        if (row.launchedAt() != null) {
            return row.launchedAt();
        }
        Instant at = Objects.requireNonNullElse(instance.createdAt(), now);
        Instant earliest = Objects.requireNonNullElse(row.sentAt(), row.createdAt());
        return at.isBefore(earliest) ? earliest : at.isAfter(now) ? now : at;
    }
}
