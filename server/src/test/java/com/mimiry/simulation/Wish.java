package com.mimiry.simulation;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.mimiry.identity.Caller;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One session that somebody wants, and what its owner knows of it. */
final class Wish {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> GPUS = List.of(
            "{\"types\":[\"H100\"]}",
            "{\"types\":[\"T4\",\"A100\"]}",
            "{\"types\":[\"A100\",\"H100\"],\"priority\":[\"GPU\"]}",
            "{\"vram_gb\":[16]}",
            "{\"types\":[\"H100\"],\"count\":2}",
            "{\"types\":[\"T4\",\"H100\",\"A100\"],\"max_attempts\":2,\"provider\":\"beta\"}");

    final String name;
    final Caller owner;
    final UUID organization;
    final @Nullable Work work;
    final String mode;
    final @Nullable Long maxDurationS;
    final @Nullable String maxCost;
    final boolean imageMissing;
    final String gpu;
    final String idempotencyKey;
    final long createAt;
    /** Whether it wants a volume, if its organization has one. */
    final boolean mounts;

    /** Microseconds after the create; negative = never. */
    final long deleteAfter;

    boolean answered;

    /** The volume that it asks for; null = none. */
    @Nullable String volume;

    /** How often it may still be told that its volume is not free. */
    int patience = 5;

    @Nullable UUID id;

    @Nullable String refusal;

    int callsUnderWay;

    boolean deleteAsked;
    boolean deleteAnswered;

    Wish(String name, Caller owner, UUID organization, Chance chance, long createAt) {
        this.name = name;
        this.owner = owner;
        this.organization = organization;
        this.createAt = createAt;
        this.work = chance.in(0.15) ? null : Work.drawn(chance);
        this.mode = work == null ? "never" : chance.of(List.of("on_complete", "on_complete", "on_success", "never"));
        this.maxDurationS = chance.in(0.4) ? (Long) chance.between(5, 150) : null;
        this.maxCost = chance.in(0.15) ? "%d.%02d".formatted(chance.whole(0, 4), chance.whole(10, 99)) : null;
        this.imageMissing = chance.in(0.04);
        this.gpu = chance.of(GPUS);
        this.idempotencyKey = "key-" + name;
        this.mounts = chance.in(0.4);
        boolean endless = maxDurationS == null && !mode.equals("on_complete");
        this.deleteAfter = endless || chance.in(0.3) ? chance.micros(0, chance.in(0.3) ? 4_000 : 300_000) : -1;
    }

    ObjectNode body() {
        try {
            ObjectNode body = JSON.createObjectNode();
            body.put("name", name);
            body.putObject("image").put("uri", imageMissing ? "busybox:missing" : "busybox:1");
            body.set("gpu", JSON.readTree(gpu));
            body.put("auto_terminate", mode);
            if (volume != null) {
                body.putArray("volume_mounts").add(volume + ":/data");
            }
            if (work != null) {
                body.put("command", work.command());
            }
            if (maxDurationS != null) {
                body.put("max_duration", maxDurationS);
            }
            if (maxCost != null) {
                body.put("max_cost", new BigDecimal(maxCost));
            }
            return body;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
