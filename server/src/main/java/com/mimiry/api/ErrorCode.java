package com.mimiry.api;

/** Every error code the API answers with, its HTTP status, and nothing else. */
public enum ErrorCode {
    MALFORMED_JSON(400),
    BAD_REQUEST(400),
    UNAUTHORIZED(401),
    INVALID_SIGNATURE(401),
    TIMESTAMP_EXPIRED(401),
    KEY_NOT_REGISTERED(401),
    NONCE_REUSED(401),
    INSUFFICIENT_BALANCE(402),
    NO_BALANCE(402),
    SPEND_LIMIT_REACHED(402),
    FORBIDDEN(403),
    NOT_FOUND(404),
    METHOD_NOT_ALLOWED(405),
    NOT_ACCEPTABLE(406),
    REQUEST_TIMEOUT(408),
    CONFLICT(409),
    INVALID_STATE(409),
    VOLUME_IN_USE(409),
    IDEMPOTENCY_KEY_REUSED(409),
    PAYLOAD_TOO_LARGE(413),
    URI_TOO_LONG(414),
    UNSUPPORTED_MEDIA_TYPE(415),
    INVALID_FIELD(422),
    NO_MATCHING_OFFER(422),
    QUOTA_EXCEEDED(429),
    RATE_LIMITED(429),
    HEADERS_TOO_LARGE(431),
    INTERNAL_ERROR(500),
    VM_SETUP_IN_PROGRESS(503),
    UNAVAILABLE(503);

    private final int status;

    ErrorCode(int status) {
        this.status = status;
    }

    public int status() {
        return status;
    }

    /** The code as it stands in the answer: lower-case snake_case, stable for ever. */
    public String code() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
