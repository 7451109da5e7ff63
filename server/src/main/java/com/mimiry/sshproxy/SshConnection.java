package com.mimiry.sshproxy;

import com.mimiry.identity.SshKeys;
import com.mimiry.sessions.SshTargets;
import com.mimiry.sessions.SshTargets.SshTarget;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.session.ServerSession;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection: who it is and where it leads. The route is looked up again for each channel, since the sessions
 * behind it come and go while a multiplexed connection stays. Fields are written by the connection's own reader and read
 * by its processes and by the watch.
 */
final class SshConnection {
    private static final Logger LOG = Logger.getLogger("com.mimiry.ssh");
    private static final AttributeKey<SshConnection> KEY = new AttributeKey<>();
    private static final long FRESH_NANOS = Duration.ofSeconds(1).toNanos();

    private final ServerSession session;
    private final SshTargets targets;
    private final SshKeys keys;
    private final Set<ContainerProcess> processes = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Login login;
    private volatile @Nullable Lookup lookup;
    private final AtomicInteger keepAlivesUnanswered = new AtomicInteger();
    private int keysOffered;

    private SshConnection(ServerSession session, SshTargets targets, SshKeys keys) {
        this.session = session;
        this.targets = targets;
        this.keys = keys;
    }

    /**
     * The key that was accepted last; it is the one that signed in once the connection is authenticated.
     *
     * @param sessionId where it led last; null while the person has to choose
     */
    record Login(
            String fingerprint, String userName, @Nullable UUID sessionId) {}

    private record Lookup(String fingerprint, List<SshTarget> reachable, long nanoTime) {}

    static SshConnection of(ServerSession session, SshTargets targets, SshKeys keys) {
        return session.computeAttributeIfAbsent(KEY, _ -> new SshConnection(session, targets, keys));
    }

    /** The connection of a session that has offered a key already; null before that. */
    static @Nullable SshConnection of(Session session) {
        return session.getAttribute(KEY);
    }

    /** Whether this key may sign in as this user here. Asked for each key of an agent, and again for the one that signs. */
    boolean admits(String userName, String fingerprint) {
        keysOffered++;
        List<SshTarget> reachable = reachable(fingerprint);
        Route route = route(userName, reachable);
        boolean admitted = switch (route) {
            case Route.Denied _ -> false;
            case Route.Into _ -> true;
            case Route.Ambiguous(List<SshTarget> choice) ->
                !choice.isEmpty() || keys.byFingerprint(fingerprint).isPresent();
        };
        if (admitted) {
            login = new Login(fingerprint, userName, sessionId(route));
        }
        return admitted;
    }

    /** Where a channel that is opened now leads. */
    Route route() {
        Login current = login();
        Route route = route(current.userName(), reachable(current.fingerprint()));
        UUID sessionId = sessionId(route);
        if (sessionId != null) {
            login = new Login(current.fingerprint(), current.userName(), sessionId);
        }
        return route;
    }

    private static @Nullable UUID sessionId(Route route) {
        return route instanceof Route.Into(SshTarget target) ? target.sessionId() : null;
    }

    private Route route(String userName, List<SshTarget> reachable) {
        return Routing.route(here().getAddress(), userName, reachable, this::owned);
    }

    private boolean owned(InetAddress address) {
        return targets.ownsAddress(address.getHostAddress());
    }

    private List<SshTarget> reachable(String fingerprint) {
        Lookup known = lookup;
        if (known != null
                && known.fingerprint().equals(fingerprint)
                && System.nanoTime() - known.nanoTime() < FRESH_NANOS) {
            return known.reachable();
        }
        Lookup fresh = new Lookup(fingerprint, targets.reachableWith(fingerprint), System.nanoTime());
        lookup = fresh;
        return fresh.reachable();
    }

    Login login() {
        Login current = login;
        if (current == null) {
            throw new IllegalStateException("nobody has signed in");
        }
        return current;
    }

    InetSocketAddress here() {
        return (InetSocketAddress) session.getIoSession().getLocalAddress();
    }

    private String remote() {
        return ((InetSocketAddress) session.getIoSession().getRemoteAddress())
                .getAddress()
                .getHostAddress();
    }

    void authenticated() {
        Login current = login();
        LOG.infof(
                "ssh login fingerprint=%s sessionId=%s remoteAddress=%s",
                current.fingerprint(), current.sessionId() == null ? "-" : current.sessionId(), remote());
    }

    void closed() {
        if (session.isAuthenticated()) {
            Login current = login();
            LOG.infof(
                    "ssh logout fingerprint=%s sessionId=%s remoteAddress=%s",
                    current.fingerprint(), current.sessionId() == null ? "-" : current.sessionId(), remote());
        } else {
            LOG.infof("ssh login refused keysOffered=%d remoteAddress=%s", keysOffered, remote());
        }
    }

    boolean isAuthenticated() {
        return session.isAuthenticated();
    }

    boolean isIdle() {
        return processes.isEmpty();
    }

    void started(ContainerProcess process) {
        processes.add(process);
    }

    void ended(ContainerProcess process) {
        processes.remove(process);
    }

    /** Ends all processes with a sentence, and the connection once the client has them all, or after {@code grace}. */
    void close(String sentence, Duration grace) {
        processes.forEach(process -> process.stop(sentence));
        long deadline = System.nanoTime() + grace.toNanos();
        try {
            while (!processes.isEmpty() && System.nanoTime() < deadline) {
                Thread.sleep(Duration.ofMillis(20));
            }
            session.disconnect(SshConstants.SSH2_DISCONNECT_BY_APPLICATION, sentence);
        } catch (IOException e) {
            session.close(true);
        } catch (InterruptedException e) {
            session.close(true);
            Thread.currentThread().interrupt();
        }
    }

    /** Asks the client for a sign of life, or gives it up when it owes too many. */
    void keepAlive(int missedMax) {
        if (keepAlivesUnanswered.getAndIncrement() >= missedMax) {
            session.close(true);
            return;
        }
        try {
            Buffer question = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
            question.putString("keepalive@openssh.com");
            question.putBoolean(true);
            session.request(question, "keepalive@openssh.com", (_, _) -> keepAlivesUnanswered.set(0));
        } catch (IOException e) {
            session.close(true);
        }
    }
}
