package com.mimiry.simulation;

import com.mimiry.identity.SshKeys;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Nobody has registered a key. */
final class NoKeys implements SshKeys {
    @Override
    public Optional<SshKey> byId(UUID userId, UUID keyId) {
        return Optional.empty();
    }

    @Override
    public Optional<SshKey> byFingerprint(String fingerprint) {
        return Optional.empty();
    }

    @Override
    public boolean enabled(UUID userId) {
        return true;
    }

    @Override
    public List<SshKey> ofUser(UUID userId) {
        return List.of();
    }

    @Override
    public PublicKey parse(String openSshLine, String field) {
        throw new UnsupportedOperationException();
    }
}
