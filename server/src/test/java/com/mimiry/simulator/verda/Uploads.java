package com.mimiry.simulator.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** What clients have stored of one sort: startup scripts, or SSH keys. Guarded by the lock of its account. */
final class Uploads {
    private final Map<String, ObjectNode> entries = new LinkedHashMap<>();

    Reply list() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        entries.values().forEach(list::add);
        return new Reply(200, list);
    }

    Reply add(JsonNode body) {
        String id = UUID.randomUUID().toString();
        ObjectNode entry = body.deepCopy();
        entry.put("id", id);
        entries.put(id, entry);
        return new Reply(201, id);
    }

    Reply remove(String id) {
        return entries.remove(id) == null ? Reply.error(404, "not_found", "Not found") : new Reply(200, "");
    }

    boolean has(String id) {
        return entries.containsKey(id);
    }

    /** A field of one of them, empty where there is no such thing. */
    String field(String id, String name) {
        return has(id) ? entries.get(id).path(name).asText() : "";
    }

    /** A field of each of them. */
    List<String> fields(String name) {
        return entries.values().stream().map(entry -> entry.path(name).asText()).toList();
    }

    /** Every one of them a second time. */
    void copy() {
        List.copyOf(entries.values()).forEach(this::add);
    }
}
