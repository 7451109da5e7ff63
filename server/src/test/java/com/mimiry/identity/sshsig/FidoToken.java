package com.mimiry.identity.sshsig;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;

/** A security token made of software: signs as the FIDO key types of OpenSSH are specified. */
public final class FidoToken {
    private final boolean ed25519;
    private final KeyPair pair;
    private final String application;

    public FidoToken(boolean ed25519, String application) throws GeneralSecurityException {
        this.ed25519 = ed25519;
        this.application = application;
        KeyPairGenerator generator = KeyPairGenerator.getInstance(ed25519 ? "Ed25519" : "EC");
        if (!ed25519) {
            generator.initialize(new ECGenParameterSpec("secp256r1"));
        }
        this.pair = generator.generateKeyPair();
    }

    String type() {
        return ed25519 ? "sk-ssh-ed25519@openssh.com" : "sk-ecdsa-sha2-nistp256@openssh.com";
    }

    byte[] blob() {
        WireWriter out = new WireWriter().string(type());
        if (ed25519) {
            EdECPublicKey key = (EdECPublicKey) pair.getPublic();
            byte[] point = fixed(key.getPoint().getY());
            byte[] little = new byte[32];
            for (int i = 0; i < 32; i++) {
                little[i] = point[31 - i];
            }
            if (key.getPoint().isXOdd()) {
                little[31] |= (byte) 0x80;
            }
            out.string(little);
        } else {
            ECPublicKey key = (ECPublicKey) pair.getPublic();
            byte[] point = new WireWriter()
                    .fixed(new byte[] {4})
                    .fixed(fixed(key.getW().getAffineX()))
                    .fixed(fixed(key.getW().getAffineY()))
                    .bytes();
            out.string("nistp256").string(point);
        }
        return out.string(application).bytes();
    }

    public String line() {
        return type() + " " + Base64.getEncoder().encodeToString(blob()) + " token";
    }

    /** An armored signature; {@code flags} 1 = somebody touched the token. */
    public byte[] sign(String namespace, byte[] message, int flags, int counter) throws GeneralSecurityException {
        byte[] data = new WireWriter()
                .fixed(Digests.sha256(application.getBytes(StandardCharsets.UTF_8)))
                .fixed(new byte[] {(byte) flags})
                .uint32(counter)
                .fixed(Digests.sha256(SignatureFile.signed(namespace, message)))
                .bytes();
        byte[] value = new WireWriter()
                .string(type())
                .string(raw(data))
                .fixed(new byte[] {(byte) flags})
                .uint32(counter)
                .bytes();
        return SignatureFile.armored(blob(), namespace, value);
    }

    private byte[] raw(byte[] data) throws GeneralSecurityException {
        Signature signer = Signature.getInstance(ed25519 ? "Ed25519" : "SHA256withECDSAinP1363Format");
        signer.initSign(pair.getPrivate());
        signer.update(data);
        byte[] value = signer.sign();
        return ed25519
                ? value
                : new WireWriter()
                        .string(new BigInteger(1, Arrays.copyOf(value, 32)).toByteArray())
                        .string(new BigInteger(1, Arrays.copyOfRange(value, 32, 64)).toByteArray())
                        .bytes();
    }

    private static byte[] fixed(BigInteger number) {
        byte[] bytes = number.toByteArray();
        byte[] result = new byte[32];
        int length = Math.min(32, bytes.length);
        System.arraycopy(bytes, bytes.length - length, result, 32 - length, length);
        return result;
    }
}
