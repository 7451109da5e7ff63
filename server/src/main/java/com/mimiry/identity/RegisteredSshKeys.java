package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.identity.sshsig.SshFormatException;
import com.mimiry.identity.sshsig.SshPublicKey;
import com.mimiry.platform.Database;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Keys in the database. */
@Singleton
class RegisteredSshKeys implements SshKeys {
    private final SshKeyStore store = new SshKeyStore();
    private final Database database;

    RegisteredSshKeys(Database database) {
        this.database = database;
    }

    @Override
    public Optional<SshKey> byId(UUID userId, UUID keyId) {
        return database.read(tx -> store.byId(tx, userId, keyId));
    }

    @Override
    public Optional<SshKey> byFingerprint(String fingerprint) {
        return database.read(tx -> store.byFingerprint(tx, fingerprint));
    }

    @Override
    public boolean enabled(UUID userId) {
        return database.read(tx -> store.enabled(tx, userId));
    }

    @Override
    public List<SshKey> ofUser(UUID userId) {
        return database.read(tx -> store.ofUser(tx, userId)).stream()
                .map(SshKeyStore.Registered::key)
                .toList();
    }

    @Override
    public PublicKey parse(String openSshLine, String field) {
        return parsed(openSshLine, field);
    }

    static PublicKey parsed(@Nullable String openSshLine, String field) {
        if (openSshLine == null || openSshLine.isBlank()) {
            throw ApiException.invalidField(field, field + " is required: the content of an OpenSSH .pub file.");
        }
        try {
            SshPublicKey key = SshPublicKey.parseLine(openSshLine);
            return new PublicKey(key.type(), key.line(), key.fingerprint());
        } catch (SshFormatException e) {
            throw ApiException.invalidField(field, field + " cannot be used: " + e.getMessage() + ".");
        }
    }
}
