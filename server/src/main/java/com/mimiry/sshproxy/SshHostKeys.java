package com.mimiry.sshproxy;

import com.mimiry.platform.Database;
import com.mimiry.platform.Secret;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.StartFailure;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.util.security.SecurityUtils;

/** The host keys that all replicas show: made by whichever starts first, kept encrypted in the database. */
@Singleton
final class SshHostKeys {
    private static final Map<String, Integer> KINDS =
            Map.of(KeyPairProvider.SSH_ED25519, 256, KeyPairProvider.ECDSA_SHA2_NISTP256, 256);

    private final Database database;
    private final SecretBox secrets;
    private final Clock clock;
    private final SshHostKeyStore store = new SshHostKeyStore();

    SshHostKeys(Database database, SecretBox secrets, Clock clock) {
        this.database = database;
        this.secrets = secrets;
        this.clock = clock;
    }

    /** The deployment's host keys, made first where there are none. */
    List<KeyPair> load() {
        Map<String, byte[]> sealed = database.read(store::all);
        if (!sealed.keySet().containsAll(KINDS.keySet())) {
            Map<String, byte[]> made = new HashMap<>();
            KINDS.forEach((kind, bits) -> made.put(kind, make(kind, bits)));
            sealed = database.inTransaction(tx -> {
                made.forEach((kind, key) -> store.insertIfAbsent(tx, kind, key, clock.instant()));
                return store.all(tx);
            });
        }
        return sealed.entrySet().stream()
                .map(entry -> open(entry.getKey(), entry.getValue()))
                .toList();
    }

    private byte[] make(String kind, int bits) {
        try {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(
                    KeyUtils.generateKeyPair(kind, bits), "mimiry", null, text);
            return secrets.seal(new Secret(text.toString(StandardCharsets.UTF_8)), place(kind));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("no " + kind + " key can be made", e);
        }
    }

    private KeyPair open(String kind, byte[] sealed) {
        try {
            byte[] text = secrets.open(sealed, place(kind)).reveal().getBytes(StandardCharsets.UTF_8);
            return SecurityUtils.loadKeyPairIdentities(
                            null,
                            NamedResource.ofName(kind),
                            new ByteArrayInputStream(text),
                            FilePasswordProvider.EMPTY)
                    .iterator()
                    .next();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new StartFailure(
                    "The SSH host key " + kind + " in the database cannot be read: give the mimiry.secret-key that"
                            + " it was made with.",
                    e);
        }
    }

    private static String place(String kind) {
        return "ssh-host-key/" + kind;
    }
}
