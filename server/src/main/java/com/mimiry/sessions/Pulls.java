package com.mimiry.sessions;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerEngine.PullProgress;
import com.mimiry.containers.ContainerEngine.RegistryAuth;
import com.mimiry.containers.EngineException;
import com.mimiry.sessions.Observed.ImageSight;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * Image pulls under way on this replica, one for each session. A pull is only an attempt to make the image be there: after
 * a crash nothing is remembered, and the next step starts it again.
 */
@Singleton
final class Pulls {
    private final ConcurrentMap<UUID, Pull> bySession = new ConcurrentHashMap<>();
    private final ImageRights rights;
    private final Executor threads;

    @Inject
    Pulls(ImageRights rights) {
        this(rights, Executors.newVirtualThreadPerTaskExecutor());
    }

    /** @param threads runs each pull to its end */
    Pulls(ImageRights rights, Executor threads) {
        this.rights = rights;
        this.threads = threads;
    }

    /** Starts the pull for a session unless it is under way. */
    void start(Session session, ContainerEngine engine, @Nullable RegistryAuth auth) {
        bySession.computeIfAbsent(session.id(), _ -> {
            Pull pull = new Pull();
            threads.execute(() -> run(pull, session, engine, auth));
            return pull;
        });
    }

    private void run(Pull pull, Session session, ContainerEngine engine, @Nullable RegistryAuth auth) {
        String image = session.wanted().image();
        Attempt attempt = Objects.requireNonNull(session.attempt());
        try {
            if (auth != null) {
                rights.pullBegins(attempt, engine, image);
            }
            engine.pull(image, auth, progress -> pull.sight = new ImageSight.Pulling(describe(progress)));
            if (auth != null) {
                rights.pullEnded(attempt, engine);
            }
            pull.sight = rights.imageId(engine, image)
                    .<ImageSight>map(ImageSight.Present::new)
                    .orElseGet(ImageSight.Unseen::new);
        } catch (EngineException.Rejected | EngineException.NotFound | EngineException.Conflict e) {
            pull.sight = new ImageSight.Refused(String.valueOf(e.getMessage()));
        } catch (EngineException.Unreachable _) {
            pull.sight = new ImageSight.Unseen();
        } catch (RuntimeException e) {
            pull.sight = new ImageSight.Unseen();
            throw e;
        }
    }

    /** How far a session's pull is; null where none is under way. An ended pull is told once. */
    @Nullable ImageSight sight(UUID sessionId) {
        Pull pull = bySession.get(sessionId);
        if (pull == null) {
            return null;
        }
        ImageSight sight = pull.sight;
        if (!(sight instanceof ImageSight.Pulling)) {
            bySession.remove(sessionId, pull);
        }
        return sight;
    }

    private static String describe(PullProgress progress) {
        String layers = "Pulling the image: %d of %d layers".formatted(progress.layersDone(), progress.layers());
        return progress.totalBytes() <= 0
                ? layers
                : "%s, %.0f of %.0f MB".formatted(layers, progress.bytesDone() / 1e6, progress.totalBytes() / 1e6);
    }

    private static final class Pull {
        private volatile ImageSight sight = new ImageSight.Pulling("");
    }
}
