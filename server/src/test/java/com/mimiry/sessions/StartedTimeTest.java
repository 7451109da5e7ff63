package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.EngineException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** When a container counts as started, which is what {@code max_duration} is counted from. */
class StartedTimeTest extends ShopFixture {
    private final List<Instant> starts = new ArrayList<>();

    @Test
    void it_started_no_earlier_than_it_was_last_told_to_start_whatever_its_machines_clock_says() {
        shop("shop", new Good("h100", "NVIDIA H100 80GB HBM3", 81_559, "2", null));
        ContainerEngine engine = unreachableAtFirst();
        engines = _ -> engine;
        open("100");
        Session session = run("{}");
        for (int i = 0; i < 100 && session.state() == SessionState.PROVISIONED; i++) {
            session = step(session.id());
        }
        assertThat(session.state()).isEqualTo(SessionState.STARTED);
        assertThat(starts).hasSize(3);
        assertThat(session.times().startedAt()).isAfterOrEqualTo(starts.getLast());
    }

    /** Its clock is an hour behind, and it can be told to start a container only after a while. */
    private ContainerEngine unreachableAtFirst() {
        return (ContainerEngine) Proxy.newProxyInstance(
                ContainerEngine.class.getClassLoader(),
                new Class<?>[] {ContainerEngine.class},
                (_, method, _) -> switch (method.getName()) {
                    case "image" -> Optional.of(new ContainerEngine.ImageInfo("sha256:1", "", "", Map.of()));
                    case "list" -> List.of();
                    case "inspect" ->
                        starts.size() < 3
                                ? new ContainerStatus.Created()
                                : new ContainerStatus.Running(clock.instant().minus(Duration.ofHours(1)));
                    case "start" -> {
                        starts.add(clock.instant());
                        clock.advance(Duration.ofSeconds(20));
                        if (starts.size() < 3) {
                            throw new EngineException.Unreachable("no answer", null);
                        }
                        yield null;
                    }
                    default -> null;
                });
    }
}
