package com.mimiry.containers;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One container engine. Every call has a timeout and throws {@link EngineException}. Containers are addressed by the name
 * that we chose before creating them.
 */
public interface ContainerEngine {
    /** What the engine says of itself and its host. */
    EngineInfo info();

    /** Returns when the engine answers; much cheaper than {@link #info()} where the engine can tell. */
    default void ping() {
        info();
    }

    /** The image's configuration, if the host has it. */
    Optional<ImageInfo> image(String image);

    /** The ids of all images that the host has, as {@link ImageInfo#id()} has them. */
    Set<String> imageIds();

    /**
     * Pulls an image; returns when the host has it.
     *
     * @param progress called from the calling thread, at most a few times a second
     * @throws EngineException.Rejected with the registry's own words
     */
    void pull(String image, @Nullable RegistryAuth auth, Consumer<PullProgress> progress);

    /** Makes what every session needs on the host (network, init volume). Cheap when it is there already. */
    void prepare();

    /** Creates a container; one of the same name that exists already is success. Requires {@link #prepare()}. */
    void create(ContainerSpec spec);

    /** Starts a created container; a running one is success. */
    void start(String name);

    /** What the engine shows of a container now; {@link ContainerStatus.Absent} where it shows none. */
    ContainerStatus inspect(String name);

    /** Sends a signal to PID 1; a container that is not running is success. */
    void signal(String name, String signal);

    /**
     * Tells the init of a running container when the money ends, in place of what it knew; one that is not running is
     * success. The init then ends the container by itself, server or no server.
     *
     * @param number of this order: of several the one with the highest counts, whichever arrives last
     * @param left from now on; null = no end
     */
    void arm(String name, long number, @Nullable Duration left);

    /** Kills and removes a container and its anonymous volumes; an absent one is success. */
    void remove(String name);

    /** All containers, running or not, that carry all these labels. Complete, or throws. */
    List<ContainerSummary> list(Map<String, String> labels);

    /**
     * Reads the container's output from {@code since} (inclusive; null = from the start), in the engine's order.
     *
     * @param follow keep reading until the container ends
     * @param sink called from the calling thread for every entry; interrupt the thread to stop
     */
    void logs(String name, @Nullable Instant since, boolean follow, Consumer<LogEntry> sink);

    /** Starts a process in a running container and attaches to it. */
    ExecStream exec(String name, ExecSpec spec) throws IOException;

    /**
     * Runs a script as root on the engine's host itself, with the host's own files and tools; of one name one at a time.
     * The script must stand being run again: whether it ran is unknown after {@link EngineException.Unreachable}.
     *
     * @throws EngineException.Rejected where the engine does not let us, such as one that runs without root
     */
    default HostOutput onHost(HostScript script) {
        throw new EngineException.Rejected("This container engine runs nothing on its host.");
    }

    /**
     * @param name of the short-lived container that runs it, unique on the host
     * @param script for {@code /bin/sh -c}
     * @param arguments its {@code $1} and so on
     * @param timeout after which it is killed
     */
    record HostScript(String name, String script, List<String> arguments, Duration timeout) {
        public HostScript {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * What a script wrote, and how it ended.
     *
     * @param error what it wrote to stderr
     */
    record HostOutput(int exitCode, String output, String error) {}

    /**
     * One log entry as the engine kept it.
     *
     * @param at the engine's time stamp (nanoseconds; neither unique nor strictly increasing)
     * @param stderr whether it came from stderr
     * @param payload the bytes, with the final line feed if the entry has one; an entry without it is a part of a line
     */
    @SuppressWarnings("ArrayRecordComponent")
    record LogEntry(Instant at, boolean stderr, byte[] payload) {}

    /** @param gpuRuntime whether the engine can hand NVIDIA GPUs to containers */
    record EngineInfo(String version, String hostName, int cpus, long memoryBytes, boolean gpuRuntime) {}

    /**
     * @param user the image's user, "" for root
     * @param workingDir "" for /
     */
    record ImageInfo(String id, String user, String workingDir, Map<String, String> environment) {}

    /** Credentials for one registry; printing them shows nothing. */
    record RegistryAuth(String username, String password) {
        @Override
        public String toString() {
            return "RegistryAuth[" + username + ", ***]";
        }
    }

    /** @param totalBytes 0 while unknown */
    record PullProgress(int layersDone, int layers, long bytesDone, long totalBytes) {}

    record ContainerSummary(String name, Map<String, String> labels, boolean running, Instant createdAt) {}
}
