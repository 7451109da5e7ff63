package com.mimiry.containers;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.session.ConnectionService;
import org.jspecify.annotations.Nullable;

/** One stream to an engine's socket on another machine. Behaves as a local socket does, interrupts included. */
final class SshWire implements Connector.Wire {
    private final SshHost host;
    private final String socket;
    private final CompletableFuture<ClientSession> closed = new CompletableFuture<>();
    private volatile @Nullable StreamLocalChannel channel;

    SshWire(SshHost host, String socket) {
        this.host = host;
        this.socket = socket;
    }

    @Override
    public void connect() throws IOException {
        ClientSession session = await(host.session());
        StreamLocalChannel opening = new StreamLocalChannel(socket);
        session.getService(ConnectionService.class).registerChannel(opening);
        channel = opening;
        CompletableFuture<ClientSession> opened = new CompletableFuture<>();
        opening.open().addListener(future -> {
            Throwable failure = future.getException();
            if (future.isOpened()) {
                opened.complete(session);
            } else {
                opened.completeExceptionally(new IOException(
                        socket + " cannot be opened there: " + (failure == null ? "closed" : failure.getMessage()),
                        failure));
            }
        });
        // A connection that breaks now may never say so to a channel that is not open yet.
        opening.addCloseFutureListener(_ -> opened.completeExceptionally(new IOException("the SSH connection broke")));
        await(opened);
    }

    private <T> T await(CompletableFuture<T> future) throws IOException {
        try {
            CompletableFuture.anyOf(future, closed).get();
            if (closed.isDone()) {
                close();
                throw new AsynchronousCloseException();
            }
            return future.resultNow();
        } catch (InterruptedException _) {
            throw interrupted();
        } catch (ExecutionException e) {
            close();
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IOException("SSH: " + Objects.requireNonNullElse(cause.getMessage(), cause.toString()), cause);
        }
    }

    private ClosedByInterruptException interrupted() {
        close();
        Thread.currentThread().interrupt();
        return new ClosedByInterruptException();
    }

    @Override
    public InputStream input() {
        return new Input(connected());
    }

    @Override
    public OutputStream output() {
        return new Output(connected().getInvertedIn());
    }

    private StreamLocalChannel connected() {
        return Objects.requireNonNull(channel, "not connected");
    }

    @Override
    public void close() {
        closed.completeExceptionally(new AsynchronousCloseException());
        StreamLocalChannel open = channel;
        if (open != null) {
            // Not immediately: the other side must be told, or the stream to the engine stays open there.
            open.close(false);
        }
    }

    /** Tells an end that the engine made from one that the network made: only the first is an end. */
    private final class Input extends InputStream {
        private final StreamLocalChannel from;
        private final InputStream bytes;
        private boolean ended;

        Input(StreamLocalChannel from) {
            this.from = from;
            this.bytes = from.getInvertedOut();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (ended || length == 0) {
                return length == 0 ? 0 : -1;
            }
            if (closed.isDone()) {
                throw new AsynchronousCloseException();
            }
            try {
                int count = bytes.read(target, offset, length);
                if (count < 0) {
                    if (closed.isDone()) {
                        throw new AsynchronousCloseException();
                    }
                    if (!from.isEofSignalled()) {
                        throw new IOException("the SSH connection broke");
                    }
                    ended = true;
                }
                return count;
            } catch (InterruptedIOException _) {
                throw interrupted();
            }
        }
    }

    private final class Output extends OutputStream {
        private final OutputStream bytes;

        Output(OutputStream bytes) {
            this.bytes = bytes;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            try {
                bytes.write(source, offset, length);
                bytes.flush();
            } catch (InterruptedIOException _) {
                throw interrupted();
            }
        }

        @Override
        public void close() throws IOException {
            bytes.close();
        }
    }
}
