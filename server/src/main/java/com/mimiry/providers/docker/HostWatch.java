package com.mimiry.providers.docker;

import com.mimiry.containers.SshKeyTexts;
import com.mimiry.platform.Database;
import com.mimiry.platform.ReplicaName;
import com.mimiry.providers.docker.HostSight.Silence;
import com.mimiry.providers.docker.SideBySide.Answer;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.logging.Log;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at every host again and again, whether or not anybody wants something of it, drained ones too, so that its operator
 * hears of a silent one from us and not from customers. Only one thread looks.
 */
@Singleton
final class HostWatch {
    private static final Duration LOOK_EVERY = Duration.ofSeconds(10);
    /** A start has better things to do. */
    private static final Duration FIRST_LOOK_AFTER = Duration.ofSeconds(2);

    private final DockerHosts hosts;
    private final DockerProvider provider;
    private final Database database;
    private final Clock clock;
    private final ReplicaName replica;
    private final HostSightStore store = new HostSightStore();
    private final MultiGauge silences;
    private final ScheduledExecutorService looks = Executors.newSingleThreadScheduledExecutor(
            Thread.ofVirtual().name("docker-hosts").factory());
    private @Nullable Map<String, HostSight> last;

    HostWatch(
            DockerHosts hosts,
            DockerProvider provider,
            Database database,
            Clock clock,
            ReplicaName replica,
            MeterRegistry registry) {
        this.hosts = hosts;
        this.provider = provider;
        this.database = database;
        this.clock = clock;
        this.replica = replica;
        this.silences = MultiGauge.builder("mimiry.docker.host.silent.seconds")
                .description("How long a Docker host has not answered; 0 = it answers")
                .register(registry);
    }

    void start(@Observes StartupEvent event) {
        var _ = looks.scheduleWithFixedDelay(
                this::look, FIRST_LOOK_AFTER.toMillis(), LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stop(@Observes ShutdownEvent event) {
        looks.shutdownNow();
    }

    void look() {
        try {
            // What a host had, and since when it is silent, is not forgotten with a restart.
            Map<String, HostSight> before = last == null ? database.read(tx -> store.of(tx, replica.get())) : last;
            Map<String, HostSight> sights = new LinkedHashMap<>();
            provider.look()
                    .forEach((host, answer) -> sights.put(host.name(), sight(host, before.get(host.name()), answer)));
            last = sights;
            silences.register(rows(sights), true);
            database.useTransaction(tx -> store.write(tx, replica.get(), sights.values(), clock.instant()));
        } catch (RuntimeException e) {
            Log.warnf("the docker hosts could not be looked at: %s", e.getMessage());
        }
    }

    private HostSight sight(DockerHost host, @Nullable HostSight noted, Answer<HostGpus> answer) {
        // Under the same name there may be another machine by now.
        HostSight before =
                noted != null && noted.uri().equals(host.engine().uri().toString()) ? noted : null;
        return switch (answer) {
            case Answer.Given<HostGpus>(HostGpus gpus) -> {
                if (before != null && before.silence() != null) {
                    Log.infof("docker host %s answers again", host.name());
                }
                yield sight(host, provider.text(gpus), gpus.simulated(), null);
            }
            case Answer.Silence<HostGpus>(String words) -> {
                Silence since = before == null ? null : before.silence();
                if (since == null) {
                    Log.warnf("docker host %s does not answer: %s", host.name(), words);
                }
                Instant from = since == null ? clock.instant() : since.since();
                yield sight(
                        host,
                        before == null ? "" : before.gpus(),
                        before != null && before.simulated(),
                        new Silence(from, words));
            }
        };
    }

    private HostSight sight(DockerHost host, String gpus, boolean simulated, @Nullable Silence silence) {
        String key = host.hostKey();
        return new HostSight(
                host.name(),
                host.engine().uri().toString(),
                hosts.isConfigured(host),
                key == null ? "" : SshKeyTexts.fingerprint(key),
                gpus,
                simulated,
                silence);
    }

    private List<Row<?>> rows(Map<String, HostSight> sights) {
        Instant now = clock.instant();
        return sights.values().stream()
                .map(sight -> Row.of(Tags.of("host", sight.host()), seconds(sight.silence(), now)))
                .collect(Collectors.toUnmodifiableList());
    }

    private static double seconds(@Nullable Silence silence, Instant now) {
        // Silent at all is more than nothing.
        return silence == null
                ? 0
                : Math.max(1, Duration.between(silence.since(), now).toSeconds());
    }
}
