package com.mimiry.containers;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session's container.
 *
 * @param name ours, unique on the host
 * @param command run by {@code /bin/sh -c} as the image's user in its working directory; null = none: only our init runs
 * @param keepAfterSuccess whether PID 1 outlives a command that ended with 0
 * @param keepAfterFailure whether PID 1 outlives a command that ended otherwise
 * @param deadline after which the init ends the container by itself, server or no server; null = none
 * @param paid how long from its start what is paid for lasts; the init then ends the container by itself, unless {@link
 *     ContainerEngine#arm} has told it otherwise; null = no end
 * @param controlToken marks the init's own lines in the output, see {@link InitLine}
 * @param gpuIds NVIDIA device ids or indices to pass in; empty = none
 * @param memoryBytes hard limit, 0 = none
 * @param cpus hard limit in cores, 0 = none
 * @param pidsMax hard limit on processes
 * @param hostname shown inside
 * @param mounts directories of the host that it sees
 */
public record ContainerSpec(
        String name,
        String image,
        Map<String, String> labels,
        @Nullable String command,
        boolean keepAfterSuccess,
        boolean keepAfterFailure,
        @Nullable Duration deadline,
        @Nullable Duration paid,
        String controlToken,
        Map<String, String> environment,
        List<String> gpuIds,
        long memoryBytes,
        double cpus,
        long pidsMax,
        String hostname,
        List<Mount> mounts) {
    public ContainerSpec {
        mounts = List.copyOf(mounts);
    }

    /** A container that sees nothing of the host, and whose money never ends. */
    public ContainerSpec(
            String name,
            String image,
            Map<String, String> labels,
            @Nullable String command,
            boolean keepAfterSuccess,
            boolean keepAfterFailure,
            @Nullable Duration deadline,
            String controlToken,
            Map<String, String> environment,
            List<String> gpuIds,
            long memoryBytes,
            double cpus,
            long pidsMax,
            String hostname) {
        this(
                name,
                image,
                labels,
                command,
                keepAfterSuccess,
                keepAfterFailure,
                deadline,
                null,
                controlToken,
                environment,
                gpuIds,
                memoryBytes,
                cpus,
                pidsMax,
                hostname,
                List.of());
    }

    /** The same, with another end of its money. */
    public ContainerSpec paidFor(@Nullable Duration other) {
        return new ContainerSpec(
                name,
                image,
                labels,
                command,
                keepAfterSuccess,
                keepAfterFailure,
                deadline,
                other,
                controlToken,
                environment,
                gpuIds,
                memoryBytes,
                cpus,
                pidsMax,
                hostname,
                mounts);
    }

    /**
     * @param hostPath must be there when the container starts: it is never made
     * @param path where the container sees it; made if need be
     */
    public record Mount(String hostPath, String path) {}
}
