package com.mimiry.providers.docker;

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
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jboss.logging.Logger;

/** Runs {@code volumes.sh} on a host and reads its answers; its failures become the provider's. */
final class VolumeHost {
    private static final Logger LOG = Logger.getLogger(VolumeHost.class);
    private static final String SCRIPT = script();

    private static final int NO_SPACE = 28;
    private static final int NO_TOOL = 66;
    private static final int NOT_HERE = 67;
    private static final int BUSY = 69;

    private final Engines engines;
    private final String directory;
    private final Duration timeout;

    /** @param directory of our deployment alone, on every host */
    VolumeHost(Engines engines, String directory, Duration timeout) {
        this.engines = engines;
        this.directory = directory;
        this.timeout = timeout;
    }

    /** @param takenBytes what our files have of the disk already, so that it is not in {@code freeBytes} */
    record Disk(long freeBytes, long takenBytes) {}

    record File(UUID tag, long bytes, Instant bornAt, boolean complete) {}

    Disk disk(EngineAddress engine) {
        String[] words = run(engine, "room", List.of("disk")).strip().split(" ", -1);
        if (words.length != 3 || !words[0].equals("disk")) {
            throw new ProviderFailure.Unavailable("the room of " + engine.uri() + " cannot be read", null);
        }
        return new Disk(Long.parseLong(words[1]), Long.parseLong(words[2]));
    }

    /** Every file of ours: complete, or throws. */
    List<File> list(EngineAddress engine) {
        List<String> lines = run(engine, "list", List.of("list")).lines().toList();
        if (lines.isEmpty() || !lines.getLast().equals("complete")) {
            throw new ProviderFailure.Unavailable(
                    "the volumes of " + engine.uri() + " were not listed to the end", null);
        }
        List<File> files = new ArrayList<>();
        for (String line : lines.subList(0, lines.size() - 1)) {
            String[] words = line.split(" ", -1);
            try {
                files.add(new File(
                        UUID.fromString(words[1]),
                        Long.parseLong(words[2]),
                        Instant.ofEpochSecond(Long.parseLong(words[3])),
                        words[4].equals("img")));
            } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException _) {
                LOG.warnf("a file among the volumes of %s is none: %s", engine.uri(), line);
            }
        }
        return files;
    }

    void create(EngineAddress engine, UUID tag, long bytes, boolean sparse) {
        run(
                engine,
                tag.toString(),
                List.of("create", tag.toString(), Long.toString(bytes), sparse ? "sparse" : "full"));
    }

    void grow(EngineAddress engine, UUID tag, long bytes, boolean sparse) {
        run(engine, tag.toString(), List.of("grow", tag.toString(), Long.toString(bytes), sparse ? "sparse" : "full"));
    }

    void destroy(EngineAddress engine, UUID tag) {
        run(engine, tag.toString(), List.of("destroy", tag.toString()));
    }

    /** @return where on the host the contents of each are */
    List<String> mount(EngineAddress engine, UUID machine, List<UUID> tags) {
        List<String> places =
                run(engine, machine.toString(), verb("mount", tags)).lines().toList();
        if (places.size() != tags.size()) {
            throw new ProviderFailure.Unavailable("not every volume was mounted at " + engine.uri(), null);
        }
        return places;
    }

    void unmount(EngineAddress engine, UUID machine, List<UUID> tags) {
        run(engine, machine.toString(), verb("unmount", tags));
    }

    private static List<String> verb(String verb, List<UUID> tags) {
        List<String> arguments = new ArrayList<>(List.of(verb));
        tags.forEach(tag -> arguments.add(tag.toString()));
        return arguments;
    }

    /** @param subject of one, one run at a time */
    private String run(EngineAddress engine, String subject, List<String> arguments) {
        List<String> all = new ArrayList<>(List.of(directory));
        all.addAll(arguments);
        HostOutput output;
        try {
            output = engines.connect(engine).onHost(new HostScript("mimiry-volumes-" + subject, SCRIPT, all, timeout));
        } catch (EngineException.Rejected e) {
            throw new ProviderFailure.InvalidRequest("volumes at " + engine.uri() + ": " + e.words());
        } catch (EngineException e) {
            throw new ProviderFailure.Unavailable("volumes at " + engine.uri() + ": " + e.words(), e);
        }
        String words = output.error().isEmpty() ? "it ended with " + output.exitCode() : output.error();
        return switch (output.exitCode()) {
            case 0 -> output.output();
            case NO_SPACE -> throw new ProviderFailure.NoCapacity(words);
            case NO_TOOL ->
                throw new ProviderFailure.InvalidRequest(
                        words + "; volumes need XFS and its tools there (Debian: apt-get install xfsprogs)");
            case NOT_HERE -> throw new ProviderFailure.InvalidRequest(words);
            case BUSY -> throw new ProviderFailure.Unavailable(words, null);
            default ->
                throw new ProviderFailure.Unavailable(
                        "%s of a volume at %s: %s".formatted(arguments.getFirst(), engine.uri(), words), null);
        };
    }

    private static String script() {
        try (InputStream in = VolumeHost.class.getResourceAsStream("volumes.sh")) {
            if (in == null) {
                throw new IllegalStateException("This build lacks volumes.sh");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
