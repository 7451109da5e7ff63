package com.mimiry.api;

import java.util.LinkedHashMap;
import java.util.Map;

/** A refusal that the caller is meant to read: the message says what to do next. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final transient Map<String, Object> details;

    public ApiException(ErrorCode code, String message) {
        this(code, message, Map.of());
    }

    /** @param details further members of the answer, snake_case, in the order given */
    public ApiException(ErrorCode code, String message, Map<String, Object> details) {
        super(message);
        this.code = code;
        this.details = new LinkedHashMap<>(details);
    }

    /** A 422 that names the field. */
    public static ApiException invalidField(String field, String message) {
        return new ApiException(ErrorCode.INVALID_FIELD, message, Map.of("field", field));
    }

    public ErrorCode code() {
        return code;
    }

    public Map<String, Object> details() {
        return details;
    }
}
