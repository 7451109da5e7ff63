package com.mimiry.simulation;

import com.mimiry.identity.Caller;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One volume that somebody wants, and what its owner knows of it. */
final class VolumeWish {
    final String name;
    final Caller owner;
    final UUID organization;
    final String provider;
    final String location;
    final int sizeGb;
    final String idempotencyKey;
    final long createAt;
    /** Microseconds after the create; negative = never. */
    final long deleteAfter;

    boolean answered;

    @Nullable UUID id;

    @Nullable String refusal;

    int callsUnderWay;

    /** The size that its owner asked for last, and since when, in GB and microseconds of the run. */
    int wantedGb;

    /** What its owner may be charged for at most, in GB by microseconds, until {@link #wantedSince}. */
    long wantedGbMicros;

    long wantedSince;

    boolean deleteAsked;
    boolean deleteAnswered;

    VolumeWish(String name, Caller owner, UUID organization, Account account, Chance chance, long createAt) {
        this.name = name;
        this.owner = owner;
        this.organization = organization;
        this.provider = account.name();
        this.location = chance.of(account.shelf().locations());
        this.sizeGb = chance.whole(1, 40);
        this.wantedGb = sizeGb;
        this.wantedSince = createAt;
        this.idempotencyKey = "key-" + name;
        this.createAt = createAt;
        this.deleteAfter = chance.in(0.6) ? chance.micros(0, chance.in(0.2) ? 5_000 : 400_000) : -1;
    }

    void wants(int sizeMoreGb, long now) {
        wantedGbMicros += wantedGb * (now - wantedSince);
        wantedSince = now;
        wantedGb += sizeMoreGb;
    }
}
