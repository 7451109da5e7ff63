package com.mimiry.sshproxy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;

/** Knows all open connections and turns away more than allowed before they cost anything, so that scanners do no harm. */
final class ConnectionLimits implements SessionListener {
    private static final int NETWORK_BYTES = 8;

    private final SshConfig config;
    private final Object lock = new Object();
    private final Set<Session> open = new HashSet<>();
    private final Map<Session, InetAddress> unauthenticated = new HashMap<>();
    private final Map<InetAddress, Integer> perSource = new HashMap<>();
    private boolean closed;

    ConnectionLimits(SshConfig config) {
        this.config = config;
    }

    @Override
    public void sessionCreated(Session session) {
        InetAddress source = source(session.getRemoteAddress());
        boolean room;
        synchronized (lock) {
            room = !closed
                    && open.size() < config.maxConnections()
                    && unauthenticated.size() < config.maxUnauthenticated()
                    && perSource.getOrDefault(source, 0) < config.maxUnauthenticatedPerAddress();
            if (room) {
                open.add(session);
                unauthenticated.put(session, source);
                perSource.merge(source, 1, Integer::sum);
            }
        }
        if (!room) {
            session.close(true);
        }
    }

    @Override
    public void sessionEvent(Session session, Event event) {
        if (event == Event.Authenticated) {
            synchronized (lock) {
                settle(session);
            }
            SshConnection connection = SshConnection.of(session);
            if (connection != null) {
                connection.authenticated();
            }
        }
    }

    @Override
    public void sessionClosed(Session session) {
        synchronized (lock) {
            open.remove(session);
            settle(session);
        }
        SshConnection connection = SshConnection.of(session);
        if (connection != null) {
            connection.closed();
        }
    }

    private void settle(Session session) {
        InetAddress source = unauthenticated.remove(session);
        if (source != null) {
            perSource.computeIfPresent(source, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    /** No connection is let in from now on. */
    void closeDoor() {
        synchronized (lock) {
            closed = true;
        }
    }

    /** The connections that have signed in. */
    List<SshConnection> signedIn() {
        synchronized (lock) {
            return open.stream()
                    .map(SshConnection::of)
                    .filter(connection -> connection != null && connection.isAuthenticated())
                    .toList();
        }
    }

    /** Whom a connection is counted for: an IPv4 address, or the network that an IPv6 customer has to himself. */
    private static InetAddress source(SocketAddress remote) {
        InetAddress address = ((InetSocketAddress) remote).getAddress();
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] network = address.getAddress();
        Arrays.fill(network, NETWORK_BYTES, network.length, (byte) 0);
        try {
            return InetAddress.getByAddress(network);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
