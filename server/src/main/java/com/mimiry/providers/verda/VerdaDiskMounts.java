package com.mimiry.providers.verda;

import com.mimiry.containers.ContainerEngine.HostOutput;
import com.mimiry.containers.ContainerEngine.HostScript;
import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.providers.ProviderFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Runs {@code disks.sh} on a machine, through its engine. */
final class VerdaDiskMounts {
    private static final String SCRIPT = script();
    private static final String DIRECTORY = "/var/lib/mimiry/volumes";
    private static final Duration MOUNT_TIMEOUT = Duration.ofSeconds(60);
    /** A machine that cannot write its disks in this time is switched off without. */
    private static final Duration FLUSH_TIMEOUT = Duration.ofSeconds(20);

    private static final int NOT_BLANK = 66;

    private final Engines engines;

    VerdaDiskMounts(Engines engines) {
        this.engines = engines;
    }

    /** @param path on the machine */
    record Device(UUID tag, String path) {}

    /** @return where on the machine the contents of each are */
    List<String> mount(UUID machine, EngineAddress engine, List<Device> devices) {
        List<String> arguments = new ArrayList<>(List.of(DIRECTORY, "mount"));
        for (Device device : devices) {
            arguments.add(device.tag().toString());
            arguments.add(device.path());
        }
        List<String> places =
                run(machine, engine, arguments, MOUNT_TIMEOUT).lines().toList();
        if (places.size() != devices.size()) {
            throw new ProviderFailure.Unavailable("not every volume was mounted on machine " + machine, null);
        }
        return places;
    }

    void flush(UUID machine, EngineAddress engine, List<UUID> tags) {
        List<String> arguments = new ArrayList<>(List.of(DIRECTORY, "flush"));
        tags.forEach(tag -> arguments.add(tag.toString()));
        run(machine, engine, arguments, FLUSH_TIMEOUT);
    }

    private String run(UUID machine, EngineAddress engine, List<String> arguments, Duration timeout) {
        HostOutput output;
        try {
            output = engines.connect(engine)
                    .onHost(new HostScript("mimiry-volumes-" + machine, SCRIPT, arguments, timeout));
        } catch (EngineException.Rejected e) {
            throw new ProviderFailure.InvalidRequest("volumes on machine " + machine + ": " + e.words());
        } catch (EngineException e) {
            throw new ProviderFailure.Unavailable("volumes on machine " + machine + ": " + e.words(), e);
        }
        String words = output.error().isEmpty() ? "it ended with " + output.exitCode() : output.error();
        return switch (output.exitCode()) {
            case 0 -> output.output();
            case NOT_BLANK -> throw new ProviderFailure.InvalidRequest(words);
            default ->
                throw new ProviderFailure.Unavailable(
                        "%s of volumes on machine %s: %s".formatted(arguments.get(1), machine, words), null);
        };
    }

    private static String script() {
        try (InputStream in = VerdaDiskMounts.class.getResourceAsStream("disks.sh")) {
            if (in == null) {
                throw new IllegalStateException("This build lacks disks.sh");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
