package com.mimiry.sessions;

import com.mimiry.billing.Billing;
import com.mimiry.billing.Billing.Accrual;
import com.mimiry.platform.SshEndpoint;
import com.mimiry.sessions.SessionJson.Ssh;
import com.mimiry.volumes.SessionVolumes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Puts together what the API shows of a session: its row, its cost, and how to log in now from where the caller is. */
@Singleton
final class SessionViews {
    private final Billing billing;
    private final SshEndpoint sshEndpoint;
    private final SessionVolumes volumes;
    private final Clock clock;

    SessionViews(Billing billing, SshEndpoint sshEndpoint, SessionVolumes volumes, Clock clock) {
        this.billing = billing;
        this.sshEndpoint = sshEndpoint;
        this.volumes = volumes;
        this.clock = clock;
    }

    /** @param local whether the caller is on this machine, so that a loopback address means something to it */
    SessionJson one(SessionDetail detail, boolean local) {
        return seen(detail.shown(), detail.session(), detail.accrual(), local);
    }

    /** As {@link #one}, for those who are told the events apart. */
    SessionJson withoutEvents(Session session, boolean local) {
        List<SessionVolumes.Mount> mounts =
                volumes.mounts(List.of(session.id())).getOrDefault(session.id(), List.of());
        Accrual accrual = billing.accruals(List.of(session.id())).getOrDefault(session.id(), Accrual.NONE);
        return seen(SessionJson.of(session, mounts, List.of()), session, accrual, local);
    }

    private SessionJson seen(SessionJson shown, Session session, Accrual accrual, boolean local) {
        return shown.with(ssh(session, local), accrual.at(clock.instant()), accrual.held());
    }

    List<SessionJson> many(List<Session> page, boolean local) {
        List<UUID> ids = page.stream().map(Session::id).toList();
        Map<UUID, List<SessionVolumes.Mount>> mounts = volumes.mounts(ids);
        Map<UUID, Accrual> accruals = billing.accruals(ids);
        return page.stream()
                .map(session -> seen(
                        SessionJson.of(session, mounts.getOrDefault(session.id(), List.of()), List.of()),
                        session,
                        accruals.getOrDefault(session.id(), Accrual.NONE),
                        local))
                .toList();
    }

    private @Nullable Ssh ssh(Session session, boolean local) {
        boolean running = session.state() == SessionState.STARTED && session.operation() == Operation.NONE;
        if (!running || !sshEndpoint.accepting()) {
            return null;
        }
        int port = sshEndpoint.port();
        String only = sshEndpoint.onlyAddress();
        // On an address that all sessions share, the user name says which one is meant.
        boolean own = local && only == null;
        String host = own
                ? session.wanted().sshAddress()
                : local ? Objects.requireNonNull(only) : sshEndpoint.advertisedHost();
        String username = own ? "root" : session.id().toString();
        String command =
                port == 22 ? "ssh %s@%s".formatted(username, host) : "ssh -p %d %s@%s".formatted(port, username, host);
        return new Ssh(host, port, username, command);
    }
}
