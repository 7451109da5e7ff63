package com.mimiry.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.mimiry.api.JsonManners;
import com.mimiry.billing.BillingRules;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** Users, keys, organizations, money, hosts and providers from the operator's terminal; with the server running or not. */
@Command(
        name = "admin",
        mixinStandardHelpOptions = true,
        description = "Users, keys, organizations, money, hosts and providers; with the server running or not.",
        subcommands = {
            UserCommand.class,
            KeyCommand.class,
            OrgCommand.class,
            CreditCommand.class,
            RefundCommand.class,
            AdjustCommand.class,
            QuotaCommand.class,
            SpendLimitCommand.class,
            AuditCommand.class,
            HostCommand.class,
            ProviderCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        sortOptions = false)
final class AdminCommand implements Runnable {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description = "The server's data directory (default: /var/lib/mimiry as root, else ~/.local/share/mimiry).")
    private @Nullable Path data;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "The server's .properties file, for an external database.")
    private @Nullable Path config;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "For machines.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Which command? See below.");
    }

    /** Does the work on the deployment's database, and closes that again. */
    <T> T on(Function<Operator, T> work) {
        Settings settings = Settings.from(config);
        Path directory = data == null ? settings.dataDirectory() : data;
        try (AdminDatabase database = AdminDatabase.open(settings, directory)) {
            return work.apply(Operator.of(database.database(), BillingRules.configured(settings.fileEntries())));
        }
    }

    /** Says something beside what comes out. */
    void tell(String sentence) {
        spec.commandLine().getErr().println(sentence);
        spec.commandLine().getErr().flush();
    }

    /** Whether programs read what is printed. */
    boolean isJson() {
        return json;
    }

    /** Shows what came out: as JSON with {@code --json}, else as a table. */
    <T> void show(Object whole, List<T> rows, Table<T> table) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            try {
                out.println(JsonManners.mapper().writeValueAsString(whole));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(e);
            }
        } else {
            table.print(rows, out);
        }
        out.flush();
    }
}
