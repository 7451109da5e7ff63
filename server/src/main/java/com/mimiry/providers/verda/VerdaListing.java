package com.mimiry.providers.verda;

import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.ProviderPace;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Complete listings of the account's instances. Whoever asks gets one that begins after asking; all who wait for the same
 * turn share it. The lock guards {@code next} only and is not held while anybody waits.
 */
final class VerdaListing {
    private final VerdaApi api;
    private final ProviderPace pace;
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable FutureTask<List<VerdaInstance>> next;

    VerdaListing(VerdaApi api, ProviderPace pace) {
        this.api = api;
        this.pace = pace;
    }

    List<VerdaInstance> now() {
        FutureTask<List<VerdaInstance>> mine = new FutureTask<>(this::list);
        FutureTask<List<VerdaInstance>> task;
        lock.lock();
        try {
            task = next == null ? mine : next;
            next = task;
        } finally {
            lock.unlock();
        }
        if (task.equals(mine)) {
            mine.run();
        }
        try {
            // Bounded by the patience of the pace and the timeout of the call, both of whoever runs it.
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ProviderFailure failure) {
                throw failure;
            }
            throw new ProviderFailure.Unavailable("verda could not be listed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ProviderFailure.Unavailable("interrupted while verda was listed", e);
        }
    }

    private List<VerdaInstance> list() {
        try {
            pace.await();
        } finally {
            // From here on nobody may join: what happens between now and their question could be missing.
            lock.lock();
            try {
                next = null;
            } finally {
                lock.unlock();
            }
        }
        try {
            return api.instances();
        } catch (ProviderFailure.RateLimited e) {
            pace.hold(VerdaApi.pause(e));
            throw e;
        }
    }
}
