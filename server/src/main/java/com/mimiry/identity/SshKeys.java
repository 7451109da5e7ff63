package com.mimiry.identity;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The SSH public keys that users have registered. */
public interface SshKeys {
    Optional<SshKey> byId(UUID userId, UUID keyId);

    /** The registered key with this fingerprint ({@code SHA256:…}), of an enabled user. */
    Optional<SshKey> byFingerprint(String fingerprint);

    /** Whether the user's access has not been ended. */
    boolean enabled(UUID userId);

    List<SshKey> ofUser(UUID userId);

    /**
     * Reads one OpenSSH public key line.
     *
     * @throws com.mimiry.api.ApiException 422 naming {@code field}, saying what is wrong (certificates, DSA, short RSA, …)
     */
    PublicKey parse(String openSshLine, String field);

    /** @param line type and base64, without comment */
    record PublicKey(String type, String line, String fingerprint) {}

    record SshKey(UUID id, UUID userId, String title, PublicKey key) {}
}
