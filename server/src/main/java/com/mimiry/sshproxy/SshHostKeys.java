package com.mimiry.sshproxy;

import com.mimiry.platform.Database;
import com.mimiry.platform.Secret;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.StartFailure;
import com.mimiry.sshproxy.SshHostKeyStore.HostKeyRow;
import jakarta.inject.Singleton;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
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
        List<HostKeyRow> rows = database.read(store::all);
        Set<String> known = rows.stream().map(HostKeyRow::kind).collect(Collectors.toSet());
        if (!known.containsAll(KINDS.keySet())) {
            List<HostKeyRow> made = KINDS.entrySet().stream()
                    .filter(kind -> !known.contains(kind.getKey()))
                    .map(kind -> make(kind.getKey(), kind.getValue()))
                    .toList();
            rows = database.inTransaction(tx -> {
                made.forEach(row -> store.insertIfAbsent(tx, row, clock.instant()));
                return store.all(tx);
            });
        }
        return rows.stream().map(this::open).toList();
    }

    private HostKeyRow make(String kind, int bits) {
        try {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(
                    KeyUtils.generateKeyPair(kind, bits), "mimiry", null, text);
            return new HostKeyRow(kind, secrets.seal(new Secret(text.toString(StandardCharsets.UTF_8)), place(kind)));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("no " + kind + " key can be made", e);
        }
    }

    private KeyPair open(HostKeyRow row) {
        try {
            byte[] text = secrets.open(row.sealed(), place(row.kind())).reveal().getBytes(StandardCharsets.UTF_8);
            return SecurityUtils.loadKeyPairIdentities(
                            null,
                            NamedResource.ofName(row.kind()),
                            new ByteArrayInputStream(text),
                            FilePasswordProvider.EMPTY)
                    .iterator()
                    .next();
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            throw new StartFailure(
                    "The SSH host key " + row.kind()
                            + " in the database cannot be read: give the mimiry.secret-key that" + " it was made with.",
                    e);
        }
    }

    private static String place(String kind) {
        return "ssh-host-key/" + kind;
    }
}
