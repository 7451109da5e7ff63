package com.mimiry.containers;

import java.io.IOException;
import java.util.Objects;
import java.util.regex.Pattern;

/** Why a machine could not be reached by SSH, in words for its operator. */
final class SshFailures {
    /** What the library says of itself, before it says what happened. */
    private static final Pattern FUTURE = Pattern.compile("^Default\\w+\\[[^]]*]: (?:Failed \\(\\w+\\) to execute: )?");

    private SshFailures() {}

    static String words(IOException failure) {
        String words = FUTURE.matcher(Objects.requireNonNullElse(failure.getMessage(), failure.toString()))
                .replaceFirst("");
        return words.startsWith("No more authentication methods")
                ? "it refuses our key; authorized_keys on a host of a fleet must have the line that 'mimiry admin host"
                        + " key' shows"
                : words;
    }
}
