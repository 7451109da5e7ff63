package com.mimiry.sshproxy;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.RemoteWindow;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.channel.ChannelSession;
import org.jspecify.annotations.Nullable;

/**
 * A process's stdout and stderr on their way to the client, in the order in which they were written. Writers wait while
 * the queue is full; one thread in {@link #send} turns what has gathered into packets as large as allowed, so that many
 * small writes become few packets under load, and waits for the client's window and for the network. So memory is bounded
 * whatever the client does. Who waits for room is woken when half of it is free, since a wake-up costs more than a copy.
 */
final class ChannelOutput {
    private static final int QUEUED_MAX = 1 << 18;
    private static final int IN_FLIGHT_MAX = 1 << 18;
    private static final int HEADER = 12;
    private static final Duration AS_LONG_AS_IT_TAKES = Duration.ofDays(36_500);

    private final ChannelSession channel;
    private final Object lock = new Object();
    private final ByteQueue bytes = new ByteQueue();
    private final ArrayDeque<Run> runs = new ArrayDeque<>();
    private long inFlight;
    private boolean ended;
    private boolean sent;
    private @Nullable Throwable failure;

    ChannelOutput(ChannelSession channel) {
        this.channel = channel;
    }

    /** Bytes of one stream that were written one after the other. */
    private static final class Run {
        private final byte command;
        private int length;

        Run(byte command) {
            this.command = command;
        }
    }

    OutputStream stdout() {
        return stream(SshConstants.SSH_MSG_CHANNEL_DATA);
    }

    OutputStream stderr() {
        return stream(SshConstants.SSH_MSG_CHANNEL_EXTENDED_DATA);
    }

    private OutputStream stream(byte command) {
        return new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                write(new byte[] {(byte) value}, 0, 1);
            }

            @Override
            public void write(byte[] source, int offset, int length) throws IOException {
                append(command, source, offset, length);
            }
        };
    }

    private void append(byte command, byte[] source, int offset, int length) throws IOException {
        int done = 0;
        synchronized (lock) {
            while (done < length) {
                await(() -> bytes.size() < QUEUED_MAX);
                int part = Math.min(length - done, QUEUED_MAX - bytes.size());
                bytes.put(source, offset + done, part);
                boolean first = runs.isEmpty();
                Run last = runs.peekLast();
                if (last == null || last.command != command) {
                    last = new Run(command);
                    runs.addLast(last);
                }
                last.length += part;
                done += part;
                if (first) {
                    lock.notifyAll();
                }
            }
        }
    }

    /** Nothing more will be written; returns when all of it has left for the client. */
    void finish() throws IOException {
        synchronized (lock) {
            ended = true;
            lock.notifyAll();
            await(() -> sent);
        }
    }

    /** Sends until {@link #finish} or until the channel breaks, which every writer then sees. */
    void send() {
        try {
            RemoteWindow window = channel.getRemoteWindow();
            while (somethingToSend()) {
                long space = Math.min(window.waitForSpace(AS_LONG_AS_IT_TAKES), window.getPacketSize());
                sendPacket(window, space);
            }
            synchronized (lock) {
                await(() -> inFlight == 0);
                sent = true;
                lock.notifyAll();
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            fail(e);
        }
    }

    private boolean somethingToSend() throws IOException {
        synchronized (lock) {
            await(() -> (!runs.isEmpty() || ended) && inFlight < IN_FLIGHT_MAX);
            return !runs.isEmpty();
        }
    }

    private void sendPacket(RemoteWindow window, long space) throws IOException {
        Session session = channel.getSession();
        Buffer packet;
        int length;
        synchronized (lock) {
            Run run = runs.getFirst();
            length = (int) Math.min(run.length, space);
            packet = session.createBuffer(run.command, HEADER + length);
            packet.putUInt(channel.getRecipient());
            if (run.command == SshConstants.SSH_MSG_CHANNEL_EXTENDED_DATA) {
                packet.putUInt(SshConstants.SSH_EXTENDED_DATA_STDERR);
            }
            packet.putUInt(length);
            bytes.take(packet.array(), packet.wpos(), length);
            packet.wpos(packet.wpos() + length);
            run.length -= length;
            if (run.length == 0) {
                runs.removeFirst();
            }
            inFlight += length;
            if (bytes.size() <= QUEUED_MAX / 2) {
                lock.notifyAll();
            }
        }
        window.consume(length);
        session.writePacket(packet).addListener(future -> written(length, future.getException()));
    }

    private void written(int length, @Nullable Throwable error) {
        synchronized (lock) {
            inFlight -= length;
            if (error != null) {
                failure = error;
            }
            if (error != null || inFlight <= IN_FLIGHT_MAX / 2) {
                lock.notifyAll();
            }
        }
    }

    /** Wakes everybody who waits; nothing more is sent. */
    void fail(Throwable reason) {
        synchronized (lock) {
            if (failure == null) {
                failure = reason;
            }
            lock.notifyAll();
        }
    }

    @SuppressWarnings("GuardedBy")
    private void await(Condition condition) throws IOException {
        try {
            while (failure == null && !condition.holds()) {
                lock.wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        if (failure != null) {
            throw new IOException("the client is gone", failure);
        }
    }

    private interface Condition {
        boolean holds();
    }
}
