package com.mimiry.launch;

import com.mimiry.platform.StartFailure;
import io.quarkus.runtime.QuarkusBindException;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.config.ConfigValidationException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/** Turns what the framework throws at start into a line for a person. */
final class StartProblem {
    private StartProblem() {}

    /** A {@link StartFailure} for what a person can mend; the error itself for what is a fault of ours. */
    static RuntimeException of(Exception error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case StartFailure failure -> {
                    return failure;
                }
                case QuarkusBindException bind -> {
                    return new StartFailure(
                            "Port " + bind.getPort() + " on " + bind.getHost()
                                    + " is not free: stop what uses it, or choose another with --http-port.",
                            error);
                }
                case ConfigValidationException invalid -> {
                    return new StartFailure("The configuration is not usable: " + problems(invalid), error);
                }
                case ConfigurationException invalid -> {
                    return new StartFailure("The configuration is not usable: " + oneLine(invalid.getMessage()), error);
                }
                case IllegalArgumentException invalid
                when String.valueOf(invalid.getMessage()).startsWith("mimiry.") -> {
                    return new StartFailure("The configuration is not usable: " + oneLine(invalid.getMessage()), error);
                }
                case FlywayException database -> {
                    return new StartFailure(
                            "The database cannot be used or brought up to date: " + firstLine(database.getMessage()),
                            error);
                }
                default -> {}
            }
        }
        return error instanceof RuntimeException runtime ? runtime : new IllegalStateException(error);
    }

    private static String problems(ConfigValidationException invalid) {
        return IntStream.range(0, invalid.getProblemCount())
                .mapToObj(number -> oneLine(invalid.getProblem(number).getMessage())
                        .replaceAll("^(?:[\\w.]+: )?SRCFG\\d+: ", "")
                        .replaceAll("^The config property (\\S+) is required but .*$", "$1 is not set")
                        .replaceAll("^(\\S+) in (.*) does not map to any root$", "unknown key $1 in $2"))
                .collect(Collectors.joining("; "));
    }

    private static String firstLine(@Nullable String text) {
        return text == null ? "" : text.strip().lines().findFirst().orElse("");
    }

    private static String oneLine(@Nullable String text) {
        return text == null ? "" : text.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
