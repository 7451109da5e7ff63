package com.mimiry.logs;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import java.time.Duration;
import java.util.UUID;
import org.jboss.logging.Logger;

/** Reads one container's output into a buffer, again and again until all of it is there. Runs until interrupted. */
final class EngineReader {
    private static final Logger LOG = Logger.getLogger(EngineReader.class);
    private static final Duration PAUSE_MIN = Duration.ofMillis(20);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(1);

    private final UUID sessionId;
    private final Engines engines;
    private final EngineAddress address;
    private final String container;
    private final LogBuffer buffer;

    EngineReader(UUID sessionId, Engines engines, EngineAddress address, String container, LogBuffer buffer) {
        this.sessionId = sessionId;
        this.engines = engines;
        this.address = address;
        this.container = container;
        this.buffer = buffer;
    }

    void run() {
        try {
            Duration pause = PAUSE_MIN;
            while (!buffer.isOver()) {
                long entries = buffer.entries();
                if (readAll()) {
                    buffer.end();
                    return;
                }
                pause = buffer.entries() > entries ? PAUSE_MIN : longer(pause);
                Thread.sleep(pause);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (LogBuffer.CaptureEnded _) {
            LOG.tracef("session %s: capture ended", sessionId);
        } catch (RuntimeException e) {
            buffer.fail(e);
        } finally {
            buffer.close();
        }
    }

    private static Duration longer(Duration pause) {
        Duration doubled = pause.multipliedBy(2);
        return doubled.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : doubled;
    }

    /** @return whether the container had ended before this reading began, so that nothing can follow what it brought */
    private boolean readAll() {
        try {
            ContainerEngine engine = engines.connect(address);
            return switch (engine.inspect(container)) {
                case ContainerStatus.Absent _ -> true;
                case ContainerStatus.Created _ -> false;
                case ContainerStatus.Running _ -> {
                    engine.logs(container, buffer.begin(), true, buffer::accept);
                    yield false;
                }
                case ContainerStatus.Exited _ -> {
                    engine.logs(container, buffer.begin(), true, buffer::accept);
                    yield true;
                }
            };
        } catch (EngineException e) {
            LOG.debugf("session %s: the log stream broke, it will be resumed: %s", sessionId, e.getMessage());
            return false;
        }
    }
}
