package com.mimiry.simulator.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** What Verda has to offer, and how much of it is left. Guarded by the lock of its account. */
final class Catalog {
    static final List<String> LOCATIONS = List.of("FIN-01", "FIN-03", "ICE-01");

    private final List<JsonNode> kinds = new ArrayList<>();
    private final Map<String, Integer> room = new TreeMap<>();
    private final Set<String> withdrawn = new TreeSet<>();

    Catalog() {
        try (InputStream in = Catalog.class.getResourceAsStream("instance-types.json")) {
            new ObjectMapper().readTree(in).forEach(kinds::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many of a kind can still be had at a place; without this, any number. */
    void room(String kind, String location, int machines) {
        room.put(kind + "@" + location, machines);
    }

    boolean hasRoom(String kind, String location) {
        return room.getOrDefault(kind + "@" + location, 1) > 0;
    }

    /** One of them is somebody's. */
    void take(String kind, String location) {
        room.computeIfPresent(kind + "@" + location, (_, left) -> left - 1);
    }

    void withdrawImage(String type) {
        withdrawn.add(type);
    }

    boolean knowsImage(JsonNode kind, String type) {
        for (JsonNode os : kind.path("supported_os")) {
            if (os.asText().equals(type)) {
                return !withdrawn.contains(type);
            }
        }
        return false;
    }

    JsonNode kind(String name) {
        return kinds.stream()
                .filter(kind -> kind.path("instance_type").asText().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** All that any kind supports, but for those that were withdrawn. */
    Reply images() {
        Set<String> types = new TreeSet<>();
        kinds.forEach(kind -> kind.path("supported_os").forEach(type -> types.add(type.asText())));
        types.removeAll(withdrawn);
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        types.forEach(type -> list.addObject()
                .put(
                        "id",
                        UUID.nameUUIDFromBytes(type.getBytes(StandardCharsets.UTF_8))
                                .toString())
                .put("image_type", type)
                .put("name", type)
                .put("is_cluster", false));
        return new Reply(200, list);
    }

    Reply instanceTypes(String currency) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        kinds.forEach(kind -> list.add(((ObjectNode) kind.deepCopy()).put("currency", currency)));
        return new Reply(200, list);
    }

    Reply availability(boolean spot) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (String location : LOCATIONS) {
            ObjectNode place = list.addObject();
            place.put("location_code", location);
            ArrayNode available = place.putArray("availabilities");
            for (JsonNode kind : kinds) {
                String name = kind.path("instance_type").asText();
                boolean has = hasRoom(name, location);
                if (has && (!spot || kind.hasNonNull("spot_price"))) {
                    available.add(name);
                }
            }
        }
        return new Reply(200, list);
    }

    Reply locations() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        LOCATIONS.forEach(code -> list.addObject().put("code", code).put("name", code));
        return new Reply(200, list);
    }

    Reply volumeTypes(String currency) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (String type : List.of("HDD", "NVMe", "NVMe_Shared")) {
            ObjectNode price = list.addObject().put("type", type).putObject("price");
            price.put("price_per_month_per_gb", type.equals("HDD") ? 0.05 : 0.2).put("currency", currency);
        }
        return new Reply(200, list);
    }
}
