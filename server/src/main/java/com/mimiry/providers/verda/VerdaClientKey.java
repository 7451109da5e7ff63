package com.mimiry.providers.verda;

import com.mimiry.platform.Database;
import com.mimiry.platform.Secret;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.StartFailure;
import com.mimiry.providers.verda.VerdaClientKeyStore.Sealed;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The key that opens our machines at Verda: made by whichever replica needs it first, kept encrypted in the database. */
@Singleton
final class VerdaClientKey {
    private static final String PLACE = "verda-client-key";

    private final Database database;
    private final SecretBox secrets;
    private final VerdaClientKeyStore store = new VerdaClientKeyStore();
    private final AtomicReference<@Nullable VerdaKey> known = new AtomicReference<>();

    VerdaClientKey(Database database, SecretBox secrets) {
        this.database = database;
        this.secrets = secrets;
    }

    /** In OpenSSH's one-line form. */
    String publicKey() {
        return get().publicKey();
    }

    VerdaKey get() {
        VerdaKey key = known.get();
        if (key == null) {
            key = open(database.read(store::find).orElseGet(this::make));
            known.set(key);
        }
        return key;
    }

    private Sealed make() {
        VerdaKey made = VerdaKey.make();
        Sealed sealed = new Sealed(made.publicKey(), secrets.seal(made.privateKey(), PLACE));
        return database.inTransaction(tx -> store.findOrInsert(tx, sealed));
    }

    private VerdaKey open(Sealed sealed) {
        try {
            Secret text = secrets.open(sealed.privateKey(), PLACE);
            return new VerdaKey(text, sealed.publicKey());
        } catch (IllegalArgumentException e) {
            throw new StartFailure(
                    "The SSH key for machines at Verda cannot be read: give the mimiry.secret-key that it was made with.",
                    e);
        }
    }
}
