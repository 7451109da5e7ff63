package com.mimiry.containers;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A process to start in a running container, as the container's user.
 *
 * @param terminal the terminal's size, or null for plain pipes
 * @param workingDir null = the container's
 */
public record ExecSpec(
        List<String> command,
        Map<String, String> environment,
        @Nullable TerminalSize terminal,
        @Nullable String workingDir) {
    public record TerminalSize(int columns, int rows) {}
}
