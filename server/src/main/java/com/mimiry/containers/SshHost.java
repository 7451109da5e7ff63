package com.mimiry.containers;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.session.helpers.AbstractConnectionService;
import org.jspecify.annotations.Nullable;

/**
 * The one SSH connection to a machine, shared by all streams to its engine, and made again when it has broken. The lock
 * guards which attempt is the newest; nothing is waited for under it.
 */
final class SshHost {
    private final Attempt attempt;
    private final long retryNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable CompletableFuture<ClientSession> newest;
    private long failedAt;

    SshHost(Attempt attempt, Duration retryAfter) {
        this.attempt = attempt;
        this.retryNanos = retryAfter.toNanos();
    }

    /** Makes a connection; blocks, with timeouts. */
    interface Attempt {
        ClientSession connect() throws IOException;
    }

    /** The connection, or the attempt at one that is under way; it ends in some seconds, one way or the other. */
    CompletableFuture<ClientSession> session() {
        lock.lock();
        try {
            CompletableFuture<ClientSession> last = newest;
            if (last != null && usable(last)) {
                return last;
            }
            CompletableFuture<ClientSession> next = new CompletableFuture<>();
            newest = next;
            Thread.ofVirtual().name("ssh-connect").start(() -> connect(next));
            return next;
        } finally {
            lock.unlock();
        }
    }

    /** @return false where streams are open, or a connection is being made */
    boolean closeUnlessUsed() {
        lock.lock();
        try {
            CompletableFuture<ClientSession> last = newest;
            if (last == null || last.state() == Future.State.FAILED) {
                return true;
            }
            if (last.state() != Future.State.SUCCESS || hasStreams(last.resultNow())) {
                return false;
            }
            newest = null;
            last.resultNow().close(true);
            return true;
        } finally {
            lock.unlock();
        }
    }

    private static boolean hasStreams(ClientSession session) {
        return session.isOpen()
                && session.getService(ConnectionService.class) instanceof AbstractConnectionService service
                && !service.getChannels().isEmpty();
    }

    private boolean usable(CompletableFuture<ClientSession> future) {
        return switch (future.state()) {
            case RUNNING -> true;
            case SUCCESS -> future.resultNow().isOpen();
            case FAILED, CANCELLED -> System.nanoTime() - failedAt < retryNanos;
        };
    }

    private void connect(CompletableFuture<ClientSession> future) {
        try {
            future.complete(attempt.connect());
        } catch (IOException | RuntimeException e) {
            lock.lock();
            try {
                failedAt = System.nanoTime();
            } finally {
                lock.unlock();
            }
            future.completeExceptionally(e);
        }
    }
}
