package com.mimiry.simulator.verda;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** An answer of the API: JSON, or plain text. */
record Reply(int status, Object body) {
    static Reply error(int status, String code, String message) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("code", code).put("message", message);
        return new Reply(status, body);
    }

    static Reply noCapacity(String kind, String location) {
        return Reply.error(
                503,
                "service_unavailable",
                "Not enough resources to deploy a 1 GPU instance type %s in %s".formatted(kind, location));
    }

    /** Validation errors come as a list of messages. */
    static Reply invalid(String message) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("code", "invalid_request");
        body.putArray("message").add(message);
        return new Reply(400, body);
    }
}
