package com.mimiry.identity.sshsig;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;

/** An RSA key that signs with the algorithm it is told, where ssh-keygen always takes the same one. */
public final class RsaSigner {
    private final KeyPair pair;

    public RsaSigner() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(3072);
        pair = generator.generateKeyPair();
    }

    private byte[] blob() {
        RSAPublicKey key = (RSAPublicKey) pair.getPublic();
        return new WireWriter()
                .string("ssh-rsa")
                .string(key.getPublicExponent().toByteArray())
                .string(key.getModulus().toByteArray())
                .bytes();
    }

    public String line() {
        return "ssh-rsa " + Base64.getEncoder().encodeToString(blob()) + " rsa";
    }

    /** @param algorithm as SSH calls it */
    public byte[] sign(String namespace, byte[] message, String algorithm) throws GeneralSecurityException {
        Signature signer = Signature.getInstance(
                switch (algorithm) {
                    case "rsa-sha2-256" -> "SHA256withRSA";
                    case "rsa-sha2-512" -> "SHA512withRSA";
                    default -> "SHA1withRSA";
                });
        signer.initSign(pair.getPrivate());
        signer.update(SignatureFile.signed(namespace, message));
        byte[] value = new WireWriter().string(algorithm).string(signer.sign()).bytes();
        return SignatureFile.armored(blob(), namespace, value);
    }
}
