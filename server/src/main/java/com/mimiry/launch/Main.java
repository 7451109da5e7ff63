package com.mimiry.launch;

import com.mimiry.api.ApiException;
import com.mimiry.platform.StartFailure;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The server binary's entry point. */
@QuarkusMain
@Command(
        name = "mimiry",
        version = "mimiry 0.1.0",
        mixinStandardHelpOptions = true,
        description = "One API over many GPU providers.",
        subcommands = {ServeCommand.class, AdminCommand.class, DoctorCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    Main() {}

    public static void main(String... args) {
        System.exit(execute(args.length == 0 ? new String[] {"--help"} : args));
    }

    /** A server that starts does not wait for the descriptions of all other commands to be read. */
    private static int execute(String... args) {
        return args[0].equals("serve")
                ? commandLine(new ServeCommand())
                        .setCommandName("mimiry serve")
                        .execute(Arrays.copyOfRange(args, 1, args.length))
                : commandLine().execute(args);
    }

    static CommandLine commandLine() {
        return commandLine(new Main());
    }

    private static CommandLine commandLine(Object described) {
        return new CommandLine(described)
                .setExecutionExceptionHandler((error, command, _) -> complain(error, command))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true);
    }

    /** What a person can mend is one line; anything else is a fault of ours and shows where it happened. */
    private static int complain(Exception error, CommandLine command) {
        if (error instanceof StartFailure || error instanceof ApiException) {
            command.getErr().println("mimiry: " + error.getMessage());
        } else {
            error.printStackTrace(command.getErr());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }
}
