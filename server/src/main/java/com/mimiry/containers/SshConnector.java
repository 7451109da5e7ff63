package com.mimiry.containers;

import com.mimiry.containers.SshConnections.Connection;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import org.apache.sshd.common.session.ConnectionService;
import org.jspecify.annotations.Nullable;

/** Unix sockets of another machine, through SSH. */
final class SshConnector implements Connector {
    private static final Duration OPEN_TIMEOUT = Duration.ofSeconds(10);

    private final SshConnections connections;
    private final SshLogins logins;

    SshConnector(SshConnections connections, SshLogins logins) {
        this.connections = connections;
        this.logins = logins;
    }

    @Override
    public Wire wire(EngineAddress address) {
        return new SshWire(address);
    }

    /** The channel is made by the one who connects, and may be closed by anybody meanwhile: both under the lock. */
    private final class SshWire implements Wire {
        private final EngineAddress address;
        private final Object lock = new Object();
        private @Nullable StreamlocalChannel channel;
        private boolean closed;

        SshWire(EngineAddress address) {
            this.address = address;
        }

        @Override
        public void connect() throws IOException {
            Connection connection = connections.open(address, logins);
            SshLogin login = connection.login();
            StreamlocalChannel opening = new StreamlocalChannel(login.socket());
            connection.session().getService(ConnectionService.class).registerChannel(opening);
            keep(opening);
            try {
                opening.open().verify(OPEN_TIMEOUT);
            } catch (IOException e) {
                close();
                throw new IOException(
                        "no connection to %s on %s: %s".formatted(login.socket(), login.host(), opening.failure()), e);
            }
        }

        private void keep(StreamlocalChannel opening) throws IOException {
            synchronized (lock) {
                channel = opening;
                if (!closed) {
                    return;
                }
            }
            opening.close(true);
            throw new IOException("closed while it was connected");
        }

        private StreamlocalChannel channel() {
            synchronized (lock) {
                StreamlocalChannel current = channel;
                if (current == null) {
                    throw new IllegalStateException("not connected");
                }
                return current;
            }
        }

        @Override
        public InputStream input() {
            return channel().getInvertedOut();
        }

        @Override
        public OutputStream output() {
            return new SshOutput(channel());
        }

        @Override
        public void close() {
            StreamlocalChannel closing;
            synchronized (lock) {
                closed = true;
                closing = channel;
            }
            if (closing != null) {
                closing.close(true);
            }
        }
    }

    /** Every write goes out at once: nobody flushes on a socket. */
    private static final class SshOutput extends OutputStream {
        private final OutputStream out;

        SshOutput(StreamlocalChannel channel) {
            this.out = channel.getInvertedIn();
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            out.write(source, offset, length);
            out.flush();
        }

        @Override
        public void close() throws IOException {
            out.close();
        }
    }
}
