package com.mimiry.launch;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The operator's commands without a process for each of them, which is most of what they take. For what a test needs and
 * does not test.
 */
public final class AdminInProcess {
    private AdminInProcess() {}

    /** Runs one on the deployment in a data directory, and fails where it fails. */
    public static void run(Path data, Path config, String... arguments) {
        List<String> command = new ArrayList<>(List.of("admin"));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--data", data.toString(), "--config", config.toString()));
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        int status = Main.commandLine().setOut(writer).setErr(writer).execute(command.toArray(String[]::new));
        if (status != 0) {
            throw new AssertionError(command + " ended with " + status + ": " + said);
        }
    }
}
