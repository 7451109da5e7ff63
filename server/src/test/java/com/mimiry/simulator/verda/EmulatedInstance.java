package com.mimiry.simulator.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/** One instance of the account. Guarded by the account's lock. */
final class EmulatedInstance {
    private static final String[] FLAPS = {"running", "unknown", "provisioning", "offline", "notfound", "restoring"};

    final String id;
    final JsonNode wanted;
    final Boot boot;
    final Instant createdAt;
    final String kind;
    final boolean spot;
    final double pricePerHour;
    String ip;
    String osVolume;
    Instant deleteAskedAt;
    Instant endedAt;
    private int flaps;

    EmulatedInstance(String id, JsonNode wanted, Boot boot, Instant createdAt, String ip, double pricePerHour) {
        this.id = id;
        this.wanted = wanted;
        this.boot = boot;
        this.createdAt = createdAt;
        this.ip = ip;
        this.kind = wanted.path("instance_type").asText();
        this.spot = wanted.path("is_spot").asBoolean(false);
        this.pricePerHour = pricePerHour;
    }

    String status(Instant now) {
        if (endedAt != null && !now.isBefore(endedAt)) {
            return "discontinued";
        }
        if (deleteAskedAt != null) {
            return "deleting";
        }
        boolean early = now.isBefore(createdAt.plus(boot.runningAfter().dividedBy(4)));
        if (now.isBefore(createdAt.plus(boot.runningAfter())) || boot.plan() == Boot.Plan.NEVER) {
            return early ? "ordered" : "provisioning";
        }
        return switch (boot.plan()) {
            case NO_CAPACITY -> "no_capacity";
            case INSTALLATION_FAILED -> "installation_failed";
            case FLAPPING -> FLAPS[flaps++ % FLAPS.length];
            case NORMAL, NEVER, NO_SSH, NO_DOCKER -> "running";
        };
    }

    boolean isProvisioning(Instant now) {
        return deleteAskedAt == null
                && (now.isBefore(createdAt.plus(boot.runningAfter())) && boot.plan() != Boot.Plan.NEVER);
    }

    boolean ended(Instant now) {
        return endedAt != null && !now.isBefore(endedAt);
    }

    /** Whether the list showed it then. */
    boolean listedAt(Instant then) {
        return !createdAt.isAfter(then) && !ended(then);
    }

    String machine() {
        for (JsonNode tag : wanted.path("tags")) {
            if (tag.path("key").asText().equals("mimiry-machine")) {
                return tag.path("value").asText();
            }
        }
        return "";
    }

    ObjectNode json(Instant now, JsonNode kindJson, int number) {
        ObjectNode json = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
        boolean provisioned = !now.isBefore(createdAt.plus(boot.runningAfter()));
        json.put("id", id);
        json.put("instance_type", kind);
        json.put("image", wanted.path("image").asText());
        json.put("hostname", wanted.path("hostname").asText());
        json.put("description", wanted.path("description").asText());
        json.put("status", status(now));
        json.put("ip", now.isBefore(createdAt.plus(boot.ipAfter())) ? null : ip);
        json.put("location", wanted.path("location_code").asText());
        json.put("created_at", createdAt.toString());
        json.put("price_per_hour", pricePerHour);
        json.put("is_spot", spot);
        json.set("cpu", kindJson.path("cpu"));
        json.set("gpu", kindJson.path("gpu"));
        json.set("memory", kindJson.path("memory"));
        json.put("os_volume_id", provisioned ? osVolume : null);
        json.putArray("volume_ids");
        // Every third answer is of an old kind, without tags: the description has to do.
        if (number % 3 != 2) {
            json.set("tags", wanted.path("tags"));
        }
        return json;
    }
}
