package com.mimiry.sshproxy;

import com.mimiry.sessions.SshTargets;
import com.mimiry.sessions.SshTargets.SshTarget;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jboss.logging.Logger;

/**
 * Looks after open connections: those whose session has ended, or whose key may no longer enter it, are closed with a
 * sentence; those whose client is gone are dropped.
 */
final class ConnectionWatch {
    private static final Logger LOG = Logger.getLogger("com.mimiry.ssh");
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final SshConfig config;
    private final SshTargets targets;
    private final ConnectionLimits connections;
    private final Thread thread;

    ConnectionWatch(SshConfig config, SshTargets targets, ConnectionLimits connections) {
        this.config = config;
        this.targets = targets;
        this.connections = connections;
        this.thread = Thread.ofVirtual().name("ssh-watch").unstarted(this::watch);
    }

    void start() {
        thread.start();
    }

    void stop() {
        thread.interrupt();
    }

    private void watch() {
        long keepAliveDue = System.nanoTime() + config.keepAliveInterval().toNanos();
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Thread.sleep(config.watchInterval());
                lookOnce();
                if (System.nanoTime() >= keepAliveDue) {
                    connections.signedIn().forEach(connection -> connection.keepAlive(config.keepAlivesMissedMax()));
                    keepAliveDue =
                            System.nanoTime() + config.keepAliveInterval().toNanos();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One look at every connection; an unreachable database ends nobody's work. */
    private void lookOnce() {
        Map<String, List<SshTarget>> reachable = new HashMap<>();
        try {
            for (SshConnection connection : connections.signedIn()) {
                UUID sessionId = connection.login().sessionId();
                if (sessionId != null) {
                    look(
                            connection,
                            reachable.computeIfAbsent(connection.login().fingerprint(), targets::reachableWith).stream()
                                    .filter(target -> target.sessionId().equals(sessionId))
                                    .findFirst());
                }
            }
        } catch (RuntimeException e) {
            LOG.debugf(e, "ssh connections not looked at this time");
        }
    }

    private static void look(SshConnection connection, Optional<SshTarget> target) {
        if (target.isEmpty()) {
            close(connection, Sentences.OVER);
        } else {
            String refusal = target.get().refusal();
            if (refusal != null && connection.isIdle()) {
                close(connection, refusal);
            }
        }
    }

    private static void close(SshConnection connection, String sentence) {
        Thread.ofVirtual().name("ssh-close").start(() -> connection.close(sentence, GRACE));
    }
}
