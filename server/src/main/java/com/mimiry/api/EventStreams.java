package com.mimiry.api;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Answers with server-sent events. A resource method on a virtual thread returns {@link #answer}; its producer then runs
 * on that thread until it returns, the client goes, or the server stops.
 */
@Singleton
public class EventStreams {
    private final Set<EventStream> open = ConcurrentHashMap.newKeySet();
    private final CurrentVertxRequest request;
    private final Duration keepAlive;

    EventStreams(CurrentVertxRequest request, ApiConfig config) {
        this.request = request;
        this.keepAlive = config.streamKeepAlive();
    }

    /** The answer whose body the producer writes. Refuse with an {@link ApiException} before calling this, not inside. */
    public Response answer(EventStream.Producer producer) {
        StreamingOutput body = out -> serve(out, producer);
        return Response.ok(body, MediaType.SERVER_SENT_EVENTS_TYPE)
                .header("Cache-Control", "no-store")
                .header("X-Accel-Buffering", "no")
                .build();
    }

    private void serve(OutputStream out, EventStream.Producer producer) {
        EventStream stream = new EventStream(out);
        open.add(stream);
        request.getCurrent().addEndHandler(_ -> stream.close());
        Thread keeper = Thread.ofVirtual().name("event-stream-keep-alive").start(() -> {
            try {
                stream.keepAliveUntilClosed(keepAlive);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            stream.keepAlive();
            producer.run(stream);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            stream.close();
            open.remove(stream);
            keeper.interrupt();
        }
    }

    void stop(@Observes ShutdownEvent event) {
        open.forEach(EventStream::close);
    }
}
