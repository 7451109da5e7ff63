package com.mimiry.simulation;

import com.mimiry.simulation.AuditStore.MeterRow;
import com.mimiry.simulation.AuditStore.VolumeRow;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Compares what our rows say of volumes at the end with what the providers hold, and with their meters. */
final class VolumeAudit {
    /** What the simulation's volumes are sold for; see {@link Simulation}. */
    static final long MICROS_PER_GB_HOUR = 50_000;

    private static final long GB_MICROS_PER_MICRO_EURO = 3_600_000_000L / MICROS_PER_GB_HOUR;
    /** Two replicas' clocks, and the provider's. */
    private static final long CLOCKS_MICROS = 1_000_000;
    /** How long it may take to notice that a volume has gone, everything being down for a while included. */
    private static final long NOTICE_MICROS = 15 * 60_000_000L;
    /** The posting interval, and the rest between two steps. */
    private static final long POSTED_MICROS = 130_000_000;

    private final World world;
    private final List<Account> accounts;
    private final VolumeOwners owners;
    private final List<VolumeRow> rows;
    private final Map<UUID, MeterRow> meters;

    VolumeAudit(
            World world,
            List<Account> accounts,
            VolumeOwners owners,
            List<VolumeRow> rows,
            Map<UUID, MeterRow> meters) {
        this.world = world;
        this.accounts = accounts;
        this.owners = owners;
        this.rows = rows;
        this.meters = meters;
    }

    void audit() {
        rows.forEach(row -> world.story.name(row.id(), row.name()));
        nothingIsLeft();
        for (VolumeRow row : rows) {
            VolumeWish wish = owners.named(row.name());
            if (wish.refusal != null) {
                wrong(row, "exists and costs money, but its owner was told '%s'".formatted(wish.refusal));
            }
            if (row.attachedTo() != null) {
                wrong(row, "is still attached to session %s, which is over".formatted(row.attachedTo()));
            }
            state(row, wish, truth(row));
            bill(row, wish, truth(row));
        }
    }

    private void wrong(VolumeRow row, String what) {
        world.violation("volume %s: %s".formatted(row.id(), what));
    }

    private @Nullable SimulatedVolume truth(VolumeRow row) {
        return accounts.stream()
                .filter(account -> account.name().equals(row.provider()))
                .findFirst()
                .orElseThrow()
                .shelf()
                .volume(row.id());
    }

    private void nothingIsLeft() {
        Map<UUID, VolumeRow> live = rows.stream()
                .filter(row -> row.state().equals("provisioned"))
                .collect(Collectors.toMap(VolumeRow::id, Function.identity()));
        for (Account account : accounts) {
            for (SimulatedVolume volume : account.shelf().volumes()) {
                if (volume.existsAt(world.now()) && !live.containsKey(volume.tag)) {
                    world.violation("%s holds volume %s, which no live row owns".formatted(account.name(), volume.tag));
                }
            }
        }
    }

    private void state(VolumeRow row, VolumeWish wish, @Nullable SimulatedVolume volume) {
        boolean there = volume != null && volume.existsAt(world.now());
        switch (row.state()) {
            case "provisioned" -> {
                if (!row.operation().isEmpty() || row.deleteRequestedAt() != null) {
                    wrong(row, "is stuck in '%s'".formatted(row.operation()));
                } else if (!there) {
                    wrong(row, "is not at its provider any more");
                } else if (volume.sizeGb() != row.sizeGb() || !volume.location.equals(row.location())) {
                    wrong(
                            row,
                            "is %d GB at %s, at its provider %d GB at %s"
                                    .formatted(row.sizeGb(), row.location(), volume.sizeGb(), volume.location));
                }
            }
            case "deleted" -> {
                if (!wish.deleteAsked) {
                    wrong(row, "was deleted, and nobody asked");
                }
                boolean early = volume != null
                        && row.provisionedAt() != null
                        && world.micros(row.updatedAt()) < volume.goneAt - CLOCKS_MICROS;
                if (early) {
                    wrong(
                            row,
                            "rule 3: was taken for gone at %s, it was there until %s"
                                    .formatted(row.updatedAt(), world.instant(volume.goneAt)));
                }
            }
            case "failed" -> {
                if (row.provisionedAt() != null && (volume == null || !volume.vanished)) {
                    wrong(row, "rule 3: was taken for lost, and was not: '%s'".formatted(row.error()));
                }
                boolean refused = row.provisionedAt() == null
                        && String.valueOf(row.error()).startsWith("The volume could not be made");
                if (refused
                        && volume != null
                        && !volume.vanished
                        && volume.createdAt <= world.micros(row.updatedAt())) {
                    wrong(row, "rule 2: was refused, and was made");
                }
                if (row.deleteRequestedAt() != null) {
                    wrong(row, "is stuck in '%s'".formatted(row.operation()));
                }
            }
            default -> wrong(row, "is stuck in %s '%s'".formatted(row.state(), row.operation()));
        }
    }

    private void bill(VolumeRow row, VolumeWish wish, @Nullable SimulatedVolume volume) {
        MeterRow meter = meters.get(row.id());
        if (meter == null) {
            wrong(row, "has no meter");
            return;
        }
        boolean open = row.state().equals("provisioned");
        if (meter.state().equals("closed") == open || (!open && meter.held() != 0)) {
            wrong(row, "its meter is %s and holds %d".formatted(meter.state(), meter.held()));
        }
        if (row.provisionedAt() == null) {
            if (meter.charged() != 0) {
                wrong(row, "rule 8: was charged %d without ever having been there".formatted(meter.charged()));
            }
            return;
        }
        if (volume == null) {
            wrong(row, "was there by its row, and was never made");
            return;
        }
        long from = world.micros(row.provisionedAt());
        if (Math.abs(from - volume.createdAt) > CLOCKS_MICROS) {
            wrong(
                    row,
                    "rule 8: is billed from %s, it was made at %s"
                            .formatted(row.provisionedAt(), world.instant(volume.createdAt)));
        }
        if (!open && row.absentSince() == null) {
            wrong(row, "is over, and nobody has seen it gone");
            return;
        }
        long end = open ? world.now() : world.micros(row.absentSince());
        if (!open && end > volume.goneAt + NOTICE_MICROS && !volume.vanished) {
            wrong(row, "was noticed to be gone only at %s".formatted(row.absentSince()));
        }
        if (!volume.vanished) {
            // Of one that was lost and deleted afterwards, the row tells the second absence only.
            seconds(row, wish, meter, end - from, open);
        }
        money(row, wish, volume, meter, end, open);
        if (row.operation().isEmpty() && meter.hourlyRate() != row.sizeGb() * MICROS_PER_GB_HOUR) {
            wrong(row, "rule 8: is billed at %d an hour with %d GB".formatted(meter.hourlyRate(), row.sizeGb()));
        }
    }

    private void seconds(VolumeRow row, VolumeWish wish, MeterRow meter, long micros, boolean open) {
        long seconds = Math.max(0, Math.ceilDiv(micros, 1_000_000L));
        boolean right = open
                ? meter.seconds() <= seconds && meter.seconds() >= seconds - POSTED_MICROS / 1_000_000
                // A larger size is paid for at least as long as it took to ask for it.
                : meter.seconds() == seconds || (wish.wantedGb > wish.sizeGb && meter.seconds() > seconds);
        if (!right) {
            wrong(row, "rule 8: seconds is %d where %d was used".formatted(meter.seconds(), seconds));
        }
        if (wish.wantedGb == wish.sizeGb && meter.charged() != charge(row.sizeGb() * meter.seconds() * 1_000_000)) {
            wrong(row, "rule 8: charge is %d for %d seconds".formatted(meter.charged(), meter.seconds()));
        }
    }

    /** By the provider's meter at least, by what its owner asked for at most. */
    private void money(VolumeRow row, VolumeWish wish, SimulatedVolume volume, MeterRow meter, long end, boolean open) {
        long size = Math.max(volume.sizeGb(), wish.wantedGb);
        // Two clocks at both ends, and a begun second for each change.
        long slack = size * 5 * CLOCKS_MICROS;
        // What it has grown by is paid for from when we heard of it.
        long unheard = (size - wish.sizeGb) * NOTICE_MICROS;
        long least = volume.gbMicros(world.now()) - slack - unheard - (open ? size * POSTED_MICROS : 0);
        // The bill ends with the first of the two listings that prove the end, also where one left it out by mistake.
        boolean leftOut = !open && volume.hiddenAt(end, CLOCKS_MICROS);
        if (!leftOut && meter.charged() < charge(least)) {
            wrong(
                    row,
                    "rule 8: %d was charged, by the provider's meter it is at least %d"
                            .formatted(meter.charged(), charge(least)));
        }
        // Until its end was noticed it is taken to have been there as it was.
        long had = volume.gbMicros(end) + volume.sizeGb() * Math.max(0, end - volume.goneAt) + slack;
        if (meter.charged() > charge(had)) {
            wrong(
                    row,
                    "rule 8: %d was charged, by the provider's meter it is at most %d"
                            .formatted(meter.charged(), charge(had)));
        }
        long before = Math.max(0, wish.wantedGbMicros - wish.sizeGb * Math.max(0, volume.createdAt - wish.createAt));
        long most = before + wish.wantedGb * Math.max(0, end - Math.max(wish.wantedSince, volume.createdAt)) + slack;
        if (meter.charged() > charge(most)) {
            wrong(
                    row,
                    "rule 8: %d was charged, what was asked for comes to %d at most"
                            .formatted(meter.charged(), charge(most)));
        }
    }

    /** To the nearest micro-euro, half of one upwards. */
    private static long charge(long gbMicros) {
        return Math.floorDiv(2 * gbMicros + GB_MICROS_PER_MICRO_EURO, 2 * GB_MICROS_PER_MICRO_EURO);
    }
}
