package com.mimiry.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** One text per JSON value, so that equal requests have equal hashes. */
final class CanonicalJson {
    private static final ObjectMapper SORTED = new ObjectMapper()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private CanonicalJson() {}

    /** @param json text that is no JSON is hashed as it is */
    static String sha256(byte[] json) {
        byte[] canonical = json;
        try {
            Object value = json.length == 0 ? null : SORTED.readValue(json, Object.class);
            canonical = SORTED.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            canonical = json;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(canonical));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
