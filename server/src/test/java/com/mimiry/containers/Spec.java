package com.mimiry.containers;

import java.time.Duration;
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
        long pidsMax) {
    Spec(String name, String image, Map<String, String> labels) {
        this(name, image, labels, null, false, false, null, Map.of(), 0, 0);
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
                java.util.List.of(),
                memoryBytes,
                0.5,
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
                pidsMax);
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
                pidsMax);
    }

    Spec keep(boolean success, boolean failure) {
        return new Spec(name, image, labels, command, success, failure, deadline, environment, memoryBytes, pidsMax);
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
                pidsMax);
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
                pidsMax);
    }

    Spec limits(long memory, long pids) {
        return new Spec(
                name, image, labels, command, keepAfterSuccess, keepAfterFailure, deadline, environment, memory, pids);
    }
}
