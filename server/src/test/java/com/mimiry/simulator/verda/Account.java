package com.mimiry.simulator.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** What one project at Verda holds, and what its rules are. Every method holds the lock; no method waits. */
public final class Account {
    private static final Duration STALE_BY = Duration.ofSeconds(30);

    private final Clock clock;
    private final MachineHost host;
    private final Catalog catalog = new Catalog();
    private final Map<String, EmulatedInstance> instances = new LinkedHashMap<>();
    private final Uploads scripts = new Uploads();
    private final Uploads sshKeys = new Uploads();
    private final Disks disks = new Disks(Catalog.LOCATIONS);
    private BigDecimal balance = new BigDecimal("100");
    private Boot boot = Boot.QUICK;
    private int created;

    Account(Clock clock, MachineHost host) {
        this.clock = clock;
        this.host = host;
    }

    /** How the next instances come up. */
    public synchronized void boot(Boot next) {
        boot = next;
    }

    /** How many of a kind can still be had at a place; without this, any number. */
    public synchronized void room(String kind, String location, int machines) {
        catalog.room(kind, location, machines);
    }

    /** Verda takes an instance back without a word. */
    public void reclaim(String id) {
        synchronized (this) {
            EmulatedInstance instance = instances.get(id);
            instance.endedAt = clock.instant();
            String fate = instance.wanted
                    .path("os_volume")
                    .path("on_spot_discontinue")
                    .asText("keep_detached");
            disks.ofSystemLeft(instance.osVolume, fate, clock.instant());
        }
        end(id);
    }

    /** The machine is off, and what it had attached is free. */
    private void end(String id) {
        List<String> data;
        synchronized (this) {
            data = instances.containsKey(id) ? disks.of(instances.get(id)) : List.of();
        }
        host.end(id);
        data.forEach(host::detachDisk);
    }

    /** The account runs out of money: volumes that nobody uses go to the trash. */
    public synchronized void trashVolumes() {
        disks.trashAll(clock.instant());
    }

    /** Somebody sends the create of a volume a second time. */
    public synchronized String duplicateVolume(String id) {
        return disks.duplicate(id, clock.instant());
    }

    /** Volumes that are no instance's own, by id, with their status. */
    public synchronized Map<String, String> volumes() {
        return disks.data(clock.instant());
    }

    /** For how many GB-seconds each of these was billed, by id, also those that are gone. */
    public synchronized Map<String, Double> volumeMeter() {
        return disks.meter(clock.instant());
    }

    /** What the account holds from now on; without this, a hundred euro. */
    public synchronized void balance(String amount) {
        balance = new BigDecimal(amount);
    }

    /** The last of the money is gone: all instances end, and what they leave goes to the trash. */
    public void runDry() {
        List<String> all;
        synchronized (this) {
            balance = BigDecimal.ZERO;
            all = List.copyOf(live().keySet());
        }
        all.forEach(this::reclaim);
        trashVolumes();
    }

    synchronized Reply balance() {
        return new Reply(
                200,
                JsonNodeFactory.instance.objectNode().put("amount", balance).put("currency", "eur"));
    }

    synchronized Reply images() {
        return catalog.images();
    }

    /** With which images instances of a kind were made, in the order of their creation. */
    public synchronized List<String> images(String kind) {
        return instances.values().stream()
                .filter(instance -> instance.kind.equals(kind))
                .map(instance -> instance.wanted.path("image").asText())
                .toList();
    }

    /** An image is offered no more, although kinds of instance still name it. */
    public synchronized void withdrawImage(String type) {
        catalog.withdrawImage(type);
    }

    /** An instance goes on under another address. */
    public void changeAddress(String id) {
        String address = host.newAddress();
        host.move(id, address);
        synchronized (this) {
            instances.get(id).ip = address;
        }
    }

    /** Somebody sends a create a second time, as a proxy might. @return the second one's id */
    public synchronized String duplicate(String id) {
        EmulatedInstance first = instances.get(id);
        return add(first.wanted).id;
    }

    /** All instances by id that are not over, with the machine's tag. */
    public synchronized Map<String, String> live() {
        Map<String, String> live = new LinkedHashMap<>();
        instances.values().stream()
                .filter(instance -> !instance.ended(clock.instant()))
                .forEach(instance -> live.put(instance.id, instance.machine()));
        return live;
    }

    /** How many instances were made for each machine, by its tag. */
    public synchronized Map<String, Integer> createdByMachine() {
        Map<String, Integer> made = new LinkedHashMap<>();
        instances.values().forEach(instance -> made.merge(instance.machine(), 1, Integer::sum));
        return made;
    }

    public synchronized int created() {
        return created;
    }

    /** Seconds that each instance was billed for until now, by id. */
    public synchronized Map<String, Double> meter() {
        Map<String, Double> seconds = new LinkedHashMap<>();
        Instant now = clock.instant();
        for (EmulatedInstance instance : instances.values()) {
            Instant end = instance.ended(now) ? instance.endedAt : now;
            seconds.put(instance.id, Duration.between(instance.createdAt, end).toMillis() / 1000.0);
        }
        return seconds;
    }

    public synchronized List<String> scriptNames() {
        return scripts.fields("name");
    }

    /** Names of disks, those in the trash included. */
    public synchronized List<String> diskNames() {
        return disks.names();
    }

    public synchronized List<String> sshKeyNames() {
        return sshKeys.fields("name");
    }

    public synchronized String addressOf(String id) {
        return instances.get(id).ip;
    }

    /** The texts of all startup scripts. */
    public synchronized List<String> scripts() {
        return scripts.fields("script");
    }

    /** Every SSH key once more, as replicas that register theirs at the same time make them. */
    public synchronized void copySshKeys() {
        sshKeys.copy();
    }

    synchronized Reply instanceTypes(String currency) {
        return catalog.instanceTypes(currency);
    }

    synchronized Reply availability(boolean spot) {
        return catalog.availability(spot);
    }

    synchronized Reply locations() {
        return catalog.locations();
    }

    synchronized Reply volumeTypes(String currency) {
        return catalog.volumeTypes(currency);
    }

    Reply createInstance(JsonNode wanted) {
        EmulatedInstance instance;
        String script;
        List<String> keys = new ArrayList<>();
        synchronized (this) {
            Optional<Reply> refusal = refusal(wanted);
            if (refusal.isPresent()) {
                return refusal.get();
            }
            instance = add(wanted);
            script = scripts.field(wanted.path("startup_script_id").asText(), "script");
            wanted.path("ssh_key_ids").forEach(key -> keys.add(sshKeys.field(key.asText(), "key")));
        }
        for (JsonNode disk : wanted.path("existing_volumes")) {
            int size;
            synchronized (this) {
                size = disks.size(disk.asText());
            }
            String target = host.attachDisk(disk.asText(), size);
            synchronized (this) {
                disks.target(disk.asText(), target);
            }
        }
        bootLater(instance, script, keys);
        return new Reply(202, created % 2 == 0 ? JsonNodeFactory.instance.textNode(instance.id) : instance.id);
    }

    private EmulatedInstance add(JsonNode wanted) {
        created++;
        String id = UUID.randomUUID().toString();
        String name = wanted.path("instance_type").asText();
        catalog.take(name, wanted.path("location_code").asText());
        JsonNode kind = catalog.kind(name);
        String price = wanted.path("is_spot").asBoolean(false) ? "spot_price" : "price_per_hour";
        EmulatedInstance instance = new EmulatedInstance(
                id,
                wanted,
                boot,
                clock.instant(),
                host.newAddress(),
                Double.parseDouble(kind.path(price).asText()));
        instance.osVolume = disks.ofSystem(instance, clock.instant());
        disks.attach(wanted.path("existing_volumes"), instance);
        instances.put(id, instance);
        return instance;
    }

    private void bootLater(EmulatedInstance instance, String script, List<String> keys) {
        Boot.Plan plan = instance.boot.plan();
        boolean comesUp = plan == Boot.Plan.NORMAL || plan == Boot.Plan.NO_DOCKER || plan == Boot.Plan.FLAPPING;
        if (!comesUp) {
            return;
        }
        Thread.ofVirtual().name("boot-" + instance.id).start(() -> {
            host.boot(instance.id, instance.machine(), instance.ip, script, keys, plan != Boot.Plan.NO_DOCKER);
            boolean over;
            synchronized (this) {
                over = instance.endedAt != null;
            }
            if (over) {
                end(instance.id);
            }
        });
    }

    private Optional<Reply> refusal(JsonNode wanted) {
        String name = wanted.path("instance_type").asText();
        String location = wanted.path("location_code").asText();
        JsonNode kind = catalog.kind(name);
        if (kind == null
                || !Catalog.LOCATIONS.contains(location)
                || wanted.path("description").asText("").isEmpty()) {
            return Optional.of(Reply.invalid("instance_type, location_code and description must be valid"));
        }
        String hostname = wanted.path("hostname").asText("");
        if (!hostname.matches("[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]")) {
            return Optional.of(Reply.invalid("hostname must be of letters, digits and dashes"));
        }
        if (!catalog.knowsImage(kind, wanted.path("image").asText())) {
            return Optional.of(Reply.invalid("Operating system is not valid for this instance type"));
        }
        for (JsonNode key : wanted.path("ssh_key_ids")) {
            if (!sshKeys.has(key.asText())) {
                return Optional.of(Reply.invalid("ssh_key_ids: no such key"));
            }
        }
        if (wanted.hasNonNull("startup_script_id")
                && !scripts.has(wanted.path("startup_script_id").asText())) {
            return Optional.of(Reply.invalid("startup_script_id: no such script"));
        }
        if (wanted.path("os_volume").path("size").asInt(50) < 50) {
            return Optional.of(Reply.invalid("the OS volume is too small"));
        }
        if (balance.signum() <= 0) {
            return Optional.of(Reply.error(402, "insufficient_funds", "Your balance is too low"));
        }
        if (!catalog.hasRoom(name, location)) {
            return Optional.of(Reply.noCapacity(name, location));
        }
        return disks.refusal(wanted.path("existing_volumes"), location, clock.instant());
    }

    synchronized Reply instances(String tag, Fault fault) {
        Instant now = clock.instant();
        Instant shown = fault == Fault.STALE_LIST ? now.minus(STALE_BY) : now;
        ArrayNode list = array();
        int number = 0;
        for (EmulatedInstance instance : instances.values()) {
            if (instance.listedAt(shown) && (tag.isEmpty() || hasTag(instance, tag))) {
                list.add(instance.json(now, catalog.kind(instance.kind), number++));
            }
        }
        return new Reply(200, list);
    }

    synchronized Reply instance(String id) {
        EmulatedInstance instance = instances.get(id);
        return instance == null
                ? Reply.error(404, "not_found", "Invalid instance id")
                : new Reply(200, instance.json(clock.instant(), catalog.kind(instance.kind), 0));
    }

    Reply act(JsonNode body) {
        if (!body.path("action").asText().equals("delete")) {
            return Reply.error(400, "invalid_request", "this action is not emulated");
        }
        JsonNode ids = body.path("id");
        List<String> wanted = new ArrayList<>();
        if (ids.isArray()) {
            ids.forEach(id -> wanted.add(id.asText()));
        } else {
            wanted.add(ids.asText());
        }
        ArrayNode results = array();
        boolean partly = false;
        for (String id : wanted) {
            String refusal;
            synchronized (this) {
                refusal = delete(id, body);
            }
            if (refusal.isEmpty()) {
                end(id);
            }
            ObjectNode result = results.addObject();
            result.put("instanceId", id).put("action", "delete");
            result.put("status", refusal.isEmpty() ? "success" : "error");
            if (!refusal.isEmpty()) {
                partly = true;
                result.put("error", refusal).put("statusCode", 400);
                // One id alone is refused outright half of the time; both were seen.
                if (wanted.size() == 1 && (created + results.size()) % 2 == 0) {
                    return Reply.error(400, "invalid_request", refusal);
                }
            }
        }
        return new Reply(partly ? 207 : 202, results);
    }

    private String delete(String id, JsonNode body) {
        EmulatedInstance instance = instances.get(id);
        Instant now = clock.instant();
        if (instance == null) {
            return "Invalid instance id";
        }
        if (instance.ended(now)) {
            return "Can't discontinue a discontinued instance";
        }
        if (instance.isProvisioning(now)) {
            return "Can't discontinue a provisioning instance";
        }
        if (instance.deleteAskedAt == null) {
            instance.deleteAskedAt = now;
            instance.endedAt = now.plus(instance.boot.endTakes());
            disks.instanceDeleted(
                    instance,
                    body.path("volume_ids"),
                    body.path("delete_permanently").asBoolean(false),
                    now);
        }
        return "";
    }

    synchronized Reply volumes(String id, Fault fault) {
        Instant now = clock.instant();
        return switch (id) {
            case "" -> disks.list(fault == Fault.STALE_LIST ? now.minus(STALE_BY) : now, now);
            case "trash" -> disks.trash(now);
            default -> disks.one(id, now);
        };
    }

    synchronized Reply createVolume(JsonNode wanted) {
        return disks.create(wanted, clock.instant());
    }

    synchronized Reply actOnVolume(JsonNode body) {
        return disks.act(body, clock.instant());
    }

    Reply removeVolume(String id, JsonNode body) {
        Reply reply;
        boolean gone;
        synchronized (this) {
            reply = disks.remove(id, body.path("is_permanent").asBoolean(false), clock.instant());
            gone = !disks.exists(id);
        }
        if (gone) {
            host.deleteDisk(id);
        }
        return reply;
    }

    synchronized Reply list(String what) {
        return uploads(what).list();
    }

    synchronized Reply addNamed(String what, JsonNode body) {
        return uploads(what).add(body);
    }

    synchronized Reply remove(String what, String id) {
        return uploads(what).remove(id);
    }

    private Uploads uploads(String what) {
        return switch (what) {
            case "scripts" -> scripts;
            case "ssh-keys" -> sshKeys;
            default -> throw new IllegalArgumentException(what);
        };
    }

    private static boolean hasTag(EmulatedInstance instance, String filter) {
        String[] parts = filter.split("=", 2);
        for (JsonNode tag : instance.wanted.path("tags")) {
            boolean sameKey = tag.path("key").asText().equals(parts[0]);
            if (sameKey && (parts.length == 1 || tag.path("value").asText().equals(parts[1]))) {
                return true;
            }
        }
        return false;
    }

    private static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** Ends every machine; the account is of no use afterwards. */
    void close() {
        List<String> all;
        synchronized (this) {
            all = List.copyOf(instances.keySet());
        }
        all.forEach(this::end);
        volumeMeter().keySet().forEach(host::deleteDisk);
    }
}
