package com.mimiry.providers.verda;

import com.mimiry.providers.verda.VerdaApi.SshKey;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The deployment's public key as Verda knows it: registered once, found again by what it is. */
final class VerdaSshKey {
    private final VerdaApi api;
    private final VerdaNames names;
    private final Supplier<String> publicKey;
    private final AtomicReference<@Nullable UUID> known = new AtomicReference<>();

    VerdaSshKey(VerdaApi api, VerdaNames names, Supplier<String> publicKey) {
        this.api = api;
        this.names = names;
        this.publicKey = publicKey;
    }

    /** In OpenSSH's one-line form. */
    String text() {
        return publicKey.get();
    }

    /** Its id at Verda, registered first where it is not. */
    UUID id() {
        UUID id = known.get();
        if (id == null) {
            id = registered(api.sshKeys()).orElseGet(() -> api.createSshKey(names.sshKey(), text()));
            known.set(id);
        }
        return id;
    }

    /** Verda did not like a request that had it: perhaps somebody has deleted it there. */
    void forget() {
        known.set(null);
    }

    /** The one of these that launches use; others of that name are doubles, made by replicas at the same time. */
    Optional<UUID> registered(List<SshKey> keys) {
        return keys.stream()
                .filter(key -> key.name().equals(names.sshKey()) && isOurs(key.key()))
                .map(SshKey::id)
                .min(Comparator.naturalOrder());
    }

    /** Comments do not count. */
    private boolean isOurs(String key) {
        String[] theirs = key.strip().split("\\s+", -1);
        String[] ours = text().strip().split("\\s+", -1);
        return theirs.length > 1 && theirs[0].equals(ours[0]) && theirs[1].equals(ours[1]);
    }
}
