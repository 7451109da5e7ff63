package com.mimiry.sessions;

import com.mimiry.containers.EngineAddress;
import com.mimiry.identity.SshKeys;
import com.mimiry.platform.Database;
import jakarta.inject.Singleton;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** SSH targets from the rows of live sessions. */
@Singleton
final class LiveSshTargets implements SshTargets {
    private static final EngineAddress NOWHERE = new EngineAddress(URI.create("unix:///nowhere"));

    private final Database database;
    private final SessionReadStore reads = new SessionReadStore();
    private final SshKeys sshKeys;

    LiveSshTargets(Database database, SshKeys sshKeys) {
        this.database = database;
        this.sshKeys = sshKeys;
    }

    @Override
    public List<SshTarget> reachableWith(String fingerprint) {
        Optional<SshKeys.SshKey> registered = sshKeys.byFingerprint(fingerprint);
        List<UUID> owners = registered.map(key -> List.of(key.userId())).orElse(List.of());
        return database.read(tx -> reads.live(tx, fingerprint, owners)).stream()
                .filter(session -> owners.contains(session.userId())
                        || (sshKeys.enabled(session.userId())
                                && (registered.isPresent() || !session.wanted().sshKeyRegistered())))
                .map(LiveSshTargets::target)
                .toList();
    }

    @Override
    public boolean ownsAddress(String address) {
        // Also when its session has ended: whoever still has that address in a terminal must not land in another one.
        return SessionAddress.isOne(address);
    }

    private static SshTarget target(Session session) {
        Attempt attempt = session.attempt();
        EngineAddress engine = attempt == null ? null : attempt.engine();
        String refusal = refusal(session, engine);
        return new SshTarget(
                session.id(),
                session.wanted().name(),
                session.state().text(),
                session.wanted().sshAddress(),
                refusal,
                engine == null ? NOWHERE : engine,
                attempt == null ? "" : attempt.container());
    }

    private static @Nullable String refusal(Session session, @Nullable EngineAddress engine) {
        if (!session.wanted().sshEnabled()) {
            return "Session %s was created with ssh_enabled: false; it takes no logins.".formatted(session.id());
        }
        boolean running = session.state() == SessionState.STARTED && session.result() == null && engine != null;
        if (running) {
            return null;
        }
        return session.result() != null || session.state().ended()
                ? "Session %s has ended.".formatted(session.id())
                : "Session %s is not running yet (%s %s); try again in a moment."
                        .formatted(
                                session.id(),
                                session.state().text(),
                                session.operation().text());
    }
}
