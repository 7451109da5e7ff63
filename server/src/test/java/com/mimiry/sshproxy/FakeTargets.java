package com.mimiry.sshproxy;

import com.mimiry.containers.EngineAddress;
import com.mimiry.sessions.SshTargets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Sessions that a test says exist. */
final class FakeTargets implements SshTargets {
    static final EngineAddress ENGINE = EngineAddress.of("unix:///var/run/docker.sock");

    private final Map<String, List<SshTarget>> byFingerprint = new ConcurrentHashMap<>();

    @Override
    public List<SshTarget> reachableWith(String fingerprint) {
        return List.copyOf(byFingerprint.getOrDefault(fingerprint, List.of()));
    }

    @Override
    public boolean ownsAddress(String address) {
        return byFingerprint.values().stream()
                .flatMap(List::stream)
                .anyMatch(target -> address.equals(target.address()));
    }

    SshTarget add(String fingerprint, SshTarget target) {
        byFingerprint
                .computeIfAbsent(fingerprint, _ -> new CopyOnWriteArrayList<>())
                .add(target);
        return target;
    }

    void remove(SshTarget target) {
        byFingerprint.values().forEach(targets -> targets.remove(target));
    }

    static SshTarget running(String name, @Nullable String address, String container) {
        return new SshTarget(UUID.randomUUID(), name, "started", address, null, ENGINE, container);
    }

    static SshTarget refusing(String name, String refusal) {
        return new SshTarget(UUID.randomUUID(), name, "provisioned", null, refusal, ENGINE, "none");
    }
}
