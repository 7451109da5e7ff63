package com.mimiry.providers.verda;

import com.mimiry.platform.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;

/**
 * An SSH key of our making: the one by which a machine proves that it is the one that we ordered, whatever its address, or
 * the one by which we prove to a machine that we are we.
 *
 * @param privateKey in OpenSSH's file format
 * @param publicKey type and base64, without a comment
 */
record VerdaKey(Secret privateKey, String publicKey) {
    static VerdaKey make() {
        try {
            KeyPair pair = KeyUtils.generateKeyPair(KeyPairProvider.SSH_ED25519, 256);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, "mimiry", null, text);
            return new VerdaKey(
                    new Secret(text.toString(StandardCharsets.UTF_8)), PublicKeyEntry.toString(pair.getPublic()));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("no ed25519 key can be made", e);
        }
    }
}
