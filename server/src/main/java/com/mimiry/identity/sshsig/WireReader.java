package com.mimiry.identity.sshsig;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the data types of RFC 4251, section 5, from a byte array; anything short, long or negative is refused. */
final class WireReader {
    private static final int MPINT_BYTES_MAX = 16_384 / 8 + 1;

    private final byte[] bytes;
    private int position;

    WireReader(byte[] bytes) {
        this.bytes = bytes;
    }

    byte[] fixed(int length) {
        if (length < 0 || length > bytes.length - position) {
            throw new SshFormatException("it is cut short");
        }
        byte[] result = Arrays.copyOfRange(bytes, position, position + length);
        position += length;
        return result;
    }

    byte uint8() {
        return fixed(1)[0];
    }

    int uint32() {
        byte[] b = fixed(4);
        return (b[0] & 0xff) << 24 | (b[1] & 0xff) << 16 | (b[2] & 0xff) << 8 | (b[3] & 0xff);
    }

    byte[] string() {
        return fixed(uint32());
    }

    String text() {
        return new String(string(), StandardCharsets.ISO_8859_1);
    }

    BigInteger mpint() {
        byte[] magnitude = string();
        if (magnitude.length > MPINT_BYTES_MAX || (magnitude.length > 0 && magnitude[0] < 0)) {
            throw new SshFormatException("it holds a number that is negative or too large");
        }
        return new BigInteger(1, magnitude);
    }

    void end() {
        if (position != bytes.length) {
            throw new SshFormatException("it has bytes after its end");
        }
    }
}
