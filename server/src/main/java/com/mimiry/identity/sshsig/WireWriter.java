package com.mimiry.identity.sshsig;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes the data types of RFC 4251, section 5. */
final class WireWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    WireWriter fixed(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    WireWriter uint32(int value) {
        out.write(value >>> 24);
        out.write(value >>> 16);
        out.write(value >>> 8);
        out.write(value);
        return this;
    }

    WireWriter string(byte[] bytes) {
        return uint32(bytes.length).fixed(bytes);
    }

    WireWriter string(String text) {
        return string(text.getBytes(StandardCharsets.UTF_8));
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
