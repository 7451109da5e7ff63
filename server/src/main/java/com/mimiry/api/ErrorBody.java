package com.mimiry.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** The one shape of every refusal: {@code {"error", "message", …details}}. */
final class ErrorBody {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ErrorBody() {}

    static Map<String, Object> of(ErrorCode code, String message, Map<String, Object> details) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("error", code.code());
        body.put("message", message);
        details.forEach(body::putIfAbsent);
        return body;
    }

    static Map<String, Object> of(ApiException refusal) {
        return of(refusal.code(), String.valueOf(refusal.getMessage()), refusal.details());
    }

    /** For the places where no JAX-RS is at hand. */
    static String json(ApiException refusal) {
        try {
            return JSON.writeValueAsString(of(refusal));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
