package com.mimiry.identity.sshsig;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.RSAPublicKeySpec;

@SuppressWarnings("ArrayRecordComponent") // values of this kind are never compared
record RsaKey(byte[] blob, int modulusBytes, PublicKey key) implements SshPublicKey {
    static final String TYPE = "ssh-rsa";
    private static final int BITS_MIN = 3_072;
    private static final int BITS_MAX = 16_384;

    static RsaKey read(byte[] blob, WireReader in) {
        BigInteger exponent = in.mpint();
        BigInteger modulus = in.mpint();
        int bits = modulus.bitLength();
        if (bits < BITS_MIN || bits > BITS_MAX) {
            throw new SshFormatException(
                    "it is an RSA key of " + bits + " bits; at least " + BITS_MIN + " are needed, or use ssh-ed25519");
        }
        if (!exponent.testBit(0) || exponent.bitLength() < 2 || exponent.bitLength() > 64 || !modulus.testBit(0)) {
            throw new SshFormatException("its RSA numbers are not valid");
        }
        try {
            PublicKey key = KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
            return new RsaKey(blob, (bits + 7) / 8, key);
        } catch (GeneralSecurityException e) {
            throw new SshFormatException("its RSA numbers are not valid");
        }
    }

    @Override
    public String type() {
        return TYPE;
    }

    @Override
    public boolean verify(byte[] message, byte[] signature) {
        WireReader in = new WireReader(signature);
        String algorithm = in.text();
        byte[] value = in.string();
        in.end();
        return switch (algorithm) {
            case "rsa-sha2-256" -> verify("SHA256withRSA", message, value);
            case "rsa-sha2-512" -> verify("SHA512withRSA", message, value);
            case TYPE -> throw new SshFormatException("RSA signatures with SHA-1 are not accepted");
            default -> false;
        };
    }

    private boolean verify(String algorithm, byte[] message, byte[] value) {
        if (value.length > modulusBytes) {
            return false;
        }
        // Some signers drop leading zeros; OpenSSH puts them back, and so do we.
        byte[] padded = new byte[modulusBytes];
        System.arraycopy(value, 0, padded, modulusBytes - value.length, value.length);
        try {
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(key);
            verifier.update(message);
            return verifier.verify(padded);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
