package com.mimiry.identity.sshsig;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hashes that every Java has. */
final class Digests {
    private Digests() {}

    static byte[] sha256(byte[] bytes) {
        return digest("SHA-256", bytes);
    }

    static byte[] digest(String algorithm, byte[] bytes) {
        try {
            return MessageDigest.getInstance(algorithm).digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
