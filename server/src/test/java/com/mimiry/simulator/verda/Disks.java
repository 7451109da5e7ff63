package com.mimiry.simulator.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** The volumes of the account, those of instances among them. Guarded by the account's lock. */
final class Disks {
    private static final double MONTHLY_PER_GB = 0.2;

    private final Map<String, Disk> disks = new LinkedHashMap<>();
    private final List<String> locations;
    private int answers;

    Disks(List<String> locations) {
        this.locations = locations;
    }

    private static final class Disk {
        private final String id = UUID.randomUUID().toString();
        private final String name;
        private final String location;
        private final JsonNode tags;
        private final boolean ofSystem;
        private final Instant createdAt;
        private final List<Map.Entry<Instant, Integer>> sizes = new ArrayList<>();
        private EmulatedInstance instance;
        private String target = "";
        private Instant trashedAt;
        private Instant goneAt;

        Disk(String name, String location, int size, JsonNode tags, boolean ofSystem, Instant createdAt) {
            this.name = name;
            this.location = location;
            this.tags = tags;
            this.ofSystem = ofSystem;
            this.createdAt = createdAt;
            sizes.add(Map.entry(createdAt, size));
        }

        int size() {
            return sizes.getLast().getValue();
        }

        boolean exists() {
            return goneAt == null;
        }

        /** Verda's word for it; an instance that has ended has let go of it. */
        String status(Instant now) {
            if (trashedAt != null || goneAt != null) {
                return "deleted";
            }
            if (instance != null && instance.ended(now)) {
                instance = null;
                target = "";
            }
            return instance == null ? "detached" : instance.deleteAskedAt == null ? "attached" : "detaching";
        }

        double gbSeconds(Instant now) {
            Instant end = goneAt == null ? now : goneAt;
            double sum = 0;
            for (int i = 0; i < sizes.size(); i++) {
                Instant until = i + 1 < sizes.size() ? sizes.get(i + 1).getKey() : end;
                sum += sizes.get(i).getValue()
                        * (Duration.between(sizes.get(i).getKey(), until).toMillis() / 1e3);
            }
            return sum;
        }
    }

    /** @return the id of an instance's own disk */
    String ofSystem(EmulatedInstance instance, Instant now) {
        JsonNode wanted = instance.wanted.path("os_volume");
        Disk disk = new Disk(
                wanted.path("name").asText("os-" + instance.id),
                instance.wanted.path("location_code").asText(),
                wanted.path("size").asInt(50),
                JsonNodeFactory.instance.arrayNode(),
                true,
                now);
        disk.instance = instance;
        disk.target = "vda";
        disks.put(disk.id, disk);
        return disk.id;
    }

    Reply create(JsonNode wanted, Instant now) {
        int size = wanted.path("size").asInt(0);
        String location = wanted.path("location_code").asText();
        if (size < 1
                || !locations.contains(location)
                || !wanted.path("type").asText().equals("NVMe")) {
            return Reply.invalid("type, location_code and size must be valid");
        }
        if (wanted.path("name").asText("").isEmpty()
                || wanted.path("name").asText().length() > 30) {
            return Reply.invalid("name must have 1 to 30 characters");
        }
        Disk disk = new Disk(
                wanted.path("name").asText(),
                location,
                size,
                wanted.path("tags").deepCopy(),
                false,
                now);
        disks.put(disk.id, disk);
        return new Reply(202, disks.size() % 2 == 0 ? JsonNodeFactory.instance.textNode(disk.id) : disk.id);
    }

    /** Somebody sends the create of a volume a second time. @return the second one's id */
    String duplicate(String id, Instant now) {
        Disk first = disks.get(id);
        Disk second = new Disk(first.name, first.location, first.size(), first.tags, false, now);
        disks.put(second.id, second);
        return second.id;
    }

    /** Why an instance cannot have these; empty = it can. */
    Optional<Reply> refusal(JsonNode ids, String location, Instant now) {
        for (JsonNode id : ids) {
            Disk disk = disks.get(id.asText());
            if (disk == null || !disk.exists() || disk.trashedAt != null) {
                return Optional.of(Reply.invalid("existing_volumes: no such volume"));
            }
            if (!disk.location.equals(location)) {
                return Optional.of(Reply.invalid("Volume location (%s) does not match instance location (%s)"
                        .formatted(disk.location, location)));
            }
            if (!disk.status(now).equals("detached")) {
                return Optional.of(Reply.invalid("existing_volumes: the volume is attached"));
            }
        }
        return Optional.empty();
    }

    void attach(JsonNode ids, EmulatedInstance instance) {
        ids.forEach(id -> disks.get(id.asText()).instance = instance);
    }

    void target(String id, String target) {
        disks.get(id).target = target;
    }

    int size(String id) {
        return disks.get(id).size();
    }

    /** The data disks that an instance has now. */
    List<String> of(EmulatedInstance instance) {
        return disks.values().stream()
                .filter(disk -> disk.instance == instance && !disk.ofSystem)
                .map(disk -> disk.id)
                .toList();
    }

    /**
     * What the delete of an instance does to its disks: those that are named go, for good or to the trash; where none is
     * named at all, that of the system goes to the trash; all others are kept.
     */
    void instanceDeleted(EmulatedInstance instance, JsonNode named, boolean forGood, Instant now) {
        for (Disk disk : disks.values()) {
            if (disk.instance != instance) {
                continue;
            }
            boolean isNamed = false;
            for (JsonNode id : named) {
                isNamed |= id.asText().equals(disk.id);
            }
            if (isNamed) {
                discard(disk, forGood, now);
            } else if (disk.ofSystem && !named.isArray()) {
                discard(disk, false, now);
            }
        }
    }

    /** @param fate as {@code on_spot_discontinue} has it */
    void ofSystemLeft(String id, String fate, Instant now) {
        Disk disk = disks.get(id);
        if (!fate.equals("keep_detached")) {
            discard(disk, fate.equals("delete_permanently"), now);
        }
    }

    private static void discard(Disk disk, boolean forGood, Instant now) {
        disk.instance = null;
        disk.target = "";
        disk.trashedAt = disk.trashedAt == null ? now : disk.trashedAt;
        if (forGood && disk.goneAt == null) {
            disk.goneAt = now;
        }
    }

    /** The account is empty: what nobody uses goes to the trash. */
    void trashAll(Instant now) {
        disks.values().stream()
                .filter(disk -> disk.exists()
                        && disk.trashedAt == null
                        && disk.status(now).equals("detached"))
                .forEach(disk -> discard(disk, false, now));
    }

    Reply list(Instant shown, Instant now) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (Disk disk : disks.values()) {
            boolean then = !disk.createdAt.isAfter(shown) && (disk.trashedAt == null || disk.trashedAt.isAfter(shown));
            if (then) {
                list.add(json(disk, now));
            }
        }
        return new Reply(200, list);
    }

    /** What is gone for good stays in this list, with a mark. */
    Reply trash(Instant now) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        disks.values().stream()
                .filter(disk -> disk.trashedAt != null)
                .forEach(disk -> list.add(json(disk, now).put("is_permanently_deleted", !disk.exists())));
        return new Reply(200, list);
    }

    Reply one(String id, Instant now) {
        Disk disk = disks.get(id);
        return disk == null || !disk.exists()
                ? Reply.error(404, "not_found", "Volume not found")
                : new Reply(200, json(disk, now));
    }

    private ObjectNode json(Disk disk, Instant now) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", disk.id).put("name", disk.name).put("size", disk.size()).put("type", "NVMe");
        json.put("status", disk.status(now)).put("location", disk.location).put("is_os_volume", disk.ofSystem);
        ArrayNode instances = json.putArray("instances");
        if (disk.instance != null) {
            json.put("instance_id", disk.instance.id);
            instances.addObject().put("id", disk.instance.id).put("status", disk.instance.status(now));
        }
        json.put("target", disk.target.isEmpty() ? null : disk.target);
        json.put("created_at", disk.createdAt.toString()).put("currency", "eur");
        json.put("monthly_price", disk.size() * MONTHLY_PER_GB);
        json.put("deleted_at", disk.trashedAt == null ? null : disk.trashedAt.toString());
        // Every third answer is of an old kind, without tags: the name has to do.
        if (answers++ % 3 != 2) {
            json.set("tags", disk.tags);
        }
        return json;
    }

    Reply act(JsonNode body, Instant now) {
        Disk disk = disks.get(body.path("id").asText());
        if (disk == null || !disk.exists()) {
            return Reply.error(404, "not_found", "Volume not found");
        }
        boolean attached = !disk.status(now).equals("detached") && disk.trashedAt == null;
        switch (body.path("action").asText()) {
            case "resize" -> {
                int size = body.path("size").asInt(0);
                if (disk.trashedAt != null || attached || size <= disk.size()) {
                    return Reply.invalid(
                            attached ? "Volume must be detached to be resized" : "New size must be larger");
                }
                disk.sizes.add(Map.entry(now, size));
            }
            case "restore" -> disk.trashedAt = null;
            case "attach", "detach" -> {
                return Reply.invalid("The instance must be shut down");
            }
            default -> {
                return Reply.invalid("this action is not emulated");
            }
        }
        return new Reply(202, JsonNodeFactory.instance.arrayNode().addNull());
    }

    Reply remove(String id, boolean forGood, Instant now) {
        Disk disk = disks.get(id);
        if (disk == null || !disk.exists()) {
            return Reply.error(404, "not_found", "Volume not found");
        }
        if (disk.trashedAt == null && !disk.status(now).equals("detached")) {
            return Reply.invalid("the volume is attached");
        }
        discard(disk, forGood, now);
        return new Reply(202, "");
    }

    boolean exists(String id) {
        Disk disk = disks.get(id);
        return disk != null && disk.exists();
    }

    /** Names of those that cost money or count against limits, the trash included. */
    List<String> names() {
        return disks.values().stream()
                .filter(Disk::exists)
                .map(disk -> disk.name)
                .toList();
    }

    /** Data disks by id that are not gone for good, with their status. */
    Map<String, String> data(Instant now) {
        Map<String, String> data = new LinkedHashMap<>();
        disks.values().stream()
                .filter(disk -> disk.exists() && !disk.ofSystem)
                .forEach(disk -> data.put(disk.id, disk.trashedAt == null ? disk.status(now) : "trashed"));
        return data;
    }

    /** For how many GB-seconds each data disk was billed until now, by id. */
    Map<String, Double> meter(Instant now) {
        Map<String, Double> meter = new LinkedHashMap<>();
        disks.values().stream().filter(disk -> !disk.ofSystem).forEach(disk -> meter.put(disk.id, disk.gbSeconds(now)));
        return meter;
    }
}
