package com.mimiry.containers;

import com.mimiry.platform.Secret;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.util.security.SecurityUtils;

/** SSH keys as OpenSSH writes them. */
public final class SshKeyTexts {
    private SshKeyTexts() {}

    /**
     * @param publicLine for {@code authorized_keys}
     * @param privateText OpenSSH's format, without a passphrase
     */
    public record MadeKey(String publicLine, Secret privateText) {}

    /** Makes an Ed25519 key. */
    public static MadeKey make(String comment) {
        try {
            KeyPair pair = KeyUtils.generateKeyPair(KeyPairProvider.SSH_ED25519, 256);
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, comment, null, text);
            return new MadeKey(
                    PublicKeyEntry.toString(pair.getPublic()) + " " + comment,
                    new Secret(text.toString(StandardCharsets.UTF_8)));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("no SSH key can be made", e);
        }
    }

    /**
     * A public key without its comment.
     *
     * @throws IllegalArgumentException when it is none
     */
    public static String canonical(String publicKey) {
        return PublicKeyEntry.toString(publicKey(publicKey));
    }

    /** Such as {@code SHA256:…}. @throws IllegalArgumentException when it is no public key */
    public static String fingerprint(String publicKey) {
        return KeyUtils.getFingerPrint(publicKey(publicKey));
    }

    static PublicKey publicKey(String text) {
        try {
            PublicKey key = PublicKeyEntry.parsePublicKeyEntry(text.strip()).resolvePublicKey(null, null, null);
            if (key != null) {
                return key;
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new IllegalArgumentException(notAKey(text), e);
        }
        throw new IllegalArgumentException(notAKey(text));
    }

    private static String notAKey(String text) {
        return "\"" + text + "\" is no SSH public key; expected one like \"ssh-ed25519 AAAA…\"";
    }

    static KeyPair keyPair(Secret privateText) throws IOException {
        try {
            var pairs = SecurityUtils.loadKeyPairIdentities(
                    null,
                    NamedResource.ofName("the private key for container hosts"),
                    new ByteArrayInputStream(privateText.reveal().getBytes(StandardCharsets.UTF_8)),
                    FilePasswordProvider.EMPTY);
            if (pairs != null) {
                for (KeyPair pair : pairs) {
                    return pair;
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("the private key for container hosts cannot be read", e);
        }
        throw new IOException("there is no private key in what should be one");
    }
}
