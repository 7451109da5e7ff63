package com.mimiry.sessions;

import com.mimiry.containers.EngineAddress;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where SSH logins go. */
public interface SshTargets {
    /**
     * The sessions that this key may enter: those it was given to, and those of its owner; not ended ones.
     *
     * @param fingerprint {@code SHA256:…} of the offered key
     */
    List<SshTarget> reachableWith(String fingerprint);

    /** Whether this address is a session's own, of anybody, living or ended, and so leads to no other session. */
    boolean ownsAddress(String address);

    /**
     * @param address the address that the session owns, such as {@code 127.80.3.17}; null where it has none
     * @param refusal a sentence for the person where no shell can be had now (not running yet, SSH disabled, …); null = go on
     * @param container meaningful where {@code refusal} is null
     */
    record SshTarget(
            UUID sessionId,
            String name,
            String state,
            @Nullable String address,
            @Nullable String refusal,
            EngineAddress engine,
            String container) {}
}
