package com.mimiry.providers;

import com.mimiry.containers.SshKeyTexts;
import com.mimiry.containers.SshKeyTexts.MadeKey;
import com.mimiry.platform.Database;
import com.mimiry.platform.Secret;
import com.mimiry.platform.SecretBox;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The SSH key with which this deployment logs in to machines: made once per database, the private half encrypted. */
@Singleton
public final class DeploymentSshKey {
    private static final String PLACE = "ssh-client-key";

    private final Database database;
    private final SecretBox secrets;
    private final Clock clock;
    private final DeploymentStore store = new DeploymentStore();
    private final AtomicReference<@Nullable MadeKey> known = new AtomicReference<>();

    public DeploymentSshKey(Database database, SecretBox secrets, Clock clock) {
        this.database = database;
        this.secrets = secrets;
        this.clock = clock;
    }

    /** Made at start, so that the operator can be shown its public half from then on. */
    void make(@Observes StartupEvent event) {
        if (database.read(store::sshKey).isEmpty()) {
            insert();
        }
    }

    private void insert() {
        MadeKey made = SshKeyTexts.make("mimiry");
        byte[] sealed = secrets.seal(made.privateText(), PLACE);
        // Two replicas may come here at once: the first row stays.
        database.useTransaction(tx -> store.insertSshKey(tx, made.publicLine(), sealed, clock.instant()));
    }

    /** @throws IllegalStateException when it cannot be opened with the server's secret key */
    public Secret privateKey() {
        return key().privateText();
    }

    /** For {@code authorized_keys}; empty before a server has run on this database. */
    public static Optional<String> publicLine(Database database) {
        return database.read(new DeploymentStore()::sshKey).map(DeploymentStore.SealedKey::publicLine);
    }

    private MadeKey key() {
        MadeKey key = known.get();
        if (key == null) {
            if (database.read(store::sshKey).isEmpty()) {
                insert();
            }
            DeploymentStore.SealedKey sealed = database.read(store::sshKey).orElseThrow();
            try {
                key = new MadeKey(sealed.publicLine(), secrets.open(sealed.sealed(), PLACE));
            } catch (IllegalArgumentException e) {
                throw new IllegalStateException(
                        "the deployment's SSH key cannot be read: give the mimiry.secret-key that it was made with", e);
            }
            known.set(key);
        }
        return key;
    }
}
