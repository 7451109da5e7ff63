package com.mimiry.launch;

import com.mimiry.api.ApiException;
import com.mimiry.platform.SshCryptography;
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

    private static int execute(String... args) {
        SshCryptography.choose();
        ServeCommand plain =
                args[0].equals("serve") ? ServeCommand.plain(Arrays.asList(args).subList(1, args.length)) : null;
        return plain == null ? commandLine().execute(args) : serve(plain);
    }

    private static int serve(ServeCommand command) {
        try {
            return command.call();
        } catch (StartFailure | ApiException e) {
            System.err.println(sentence(e));
            return 1;
        }
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setExecutionExceptionHandler((error, command, _) -> complain(error, command))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true);
    }

    /** What a person can mend is one line; anything else is a fault of ours and shows where it happened. */
    private static int complain(Exception error, CommandLine command) {
        if (error instanceof StartFailure || error instanceof ApiException) {
            command.getErr().println(sentence(error));
        } else {
            error.printStackTrace(command.getErr());
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String sentence(Exception problem) {
        return "mimiry: " + problem.getMessage();
    }
}
