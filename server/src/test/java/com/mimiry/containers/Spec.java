package com.mimiry.containers;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A container's specification with what a test does not care about filled in. */
record Spec(
        String name,
        String image,
        Map<String, String> labels,
        @Nullable String command,
        boolean keepAfterSuccess,
        boolean keepAfterFailure,
        @Nullable Duration deadline,
        Map<String, String> environment,
        long memoryBytes,
        long pidsMax,
        List<String> gpus) {
    Spec(String name, String image, Map<String, String> labels) {
        this(name, image, labels, null, false, false, null, Map.of(), 0, 0, List.of());
    }

    ContainerSpec build() {
        return new ContainerSpec(
                name,
                image,
                labels,
                command,
                keepAfterSuccess,
                keepAfterFailure,
                deadline,
                TestEngine.TOKEN,
                environment,
                gpus,
                memoryBytes,
                0,
                pidsMax,
                "host-" + name.hashCode());
    }

    Spec image(String other) {
        return new Spec(
                name,
                other,
                labels,
                command,
                keepAfterSuccess,
                keepAfterFailure,
                deadline,
                environment,
                memoryBytes,
                pidsMax,
                gpus);
    }

    Spec command(String other) {
        return new Spec(
                name,
                image,
                labels,
                other,
                keepAfterSuccess,
                keepAfterFailure,
                deadline,
                environment,
                memoryBytes,
                pidsMax,
                gpus);
    }

    Spec keep(boolean success, boolean failure) {
        return new Spec(
                name, image, labels, command, success, failure, deadline, environment, memoryBytes, pidsMax, gpus);
    }

    Spec deadline(Duration other) {
        return new Spec(
                name,
                image,
                labels,
                command,
                keepAfterSuccess,
                keepAfterFailure,
                other,
                environment,
                memoryBytes,
                pidsMax,
                gpus);
    }

    Spec environment(Map<String, String> other) {
        return new Spec(
                name,
                image,
                labels,
                command,
                keepAfterSuccess,
                keepAfterFailure,
                deadline,
                other,
                memoryBytes,
                pidsMax,
                gpus);
    }

    Spec limits(long memory, long pids) {
        return new Spec(
                name,
                image,
                labels,
                command,
                keepAfterSuccess,
                keepAfterFailure,
                deadline,
                environment,
                memory,
                pids,
                gpus);
    }

    Spec gpus(List<String> other) {
        return new Spec(
                name,
                image,
                labels,
                command,
                keepAfterSuccess,
                keepAfterFailure,
                deadline,
                environment,
                memoryBytes,
                pidsMax,
                other);
    }
}
