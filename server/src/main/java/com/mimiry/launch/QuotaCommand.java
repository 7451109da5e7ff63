package com.mimiry.launch;

import com.mimiry.billing.QuotaLine;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** How much may exist at once. */
@Command(
        name = "quota",
        mixinStandardHelpOptions = true,
        description = "How much may exist at once.",
        synopsisSubcommandLabel = "COMMAND")
final class QuotaCommand {
    private static final Table<QuotaLine> LINES = new Table<QuotaLine>()
            .column("NAME", QuotaLine::name)
            .column("OF", QuotaLine::scope)
            .column("LIMIT", QuotaLine::limit)
            .column("USED", QuotaLine::used);

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    /** The new limit; one of the two. */
    static final class Wanted {
        @Option(names = "--limit", paramLabel = "N", description = "At most so many.")
        private @Nullable Long limit;

        @Option(names = "--default", description = "What the configuration says again.")
        private boolean standard;
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Every limit with its use.",
            sortOptions = false)
    int show(
            @ArgGroup(multiplicity = "1") Owner owner,
            @Option(names = "--user", paramLabel = "U", description = "Of this user in it too.") @Nullable String user) {
        return shown(admin.on(operator -> operator.billing().quotas(owner.id(operator), operator.user(user))));
    }

    @Command(name = "set", mixinStandardHelpOptions = true, description = "Sets one limit.", sortOptions = false)
    int set(
            @ArgGroup(multiplicity = "1") Owner owner,
            @Option(
                            names = "--name",
                            required = true,
                            paramLabel = "N",
                            description = "sessions, gpus, gpus.FAMILY, volumes or volume_gb.")
                    String name,
            @ArgGroup(multiplicity = "1") Wanted wanted,
            @Option(names = "--user", paramLabel = "U", description = "For this user in it alone.") @Nullable String user,
            @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "For the audit log.")
                    String reason) {
        return shown(admin.on(operator -> {
            UUID organization = owner.id(operator);
            UUID userId = wanted.standard ? operator.user(user) : operator.member(organization, user);
            operator.billing().setQuota(operator.by(organization, reason), userId, name, wanted.limit);
            return operator.billing().quotas(organization, userId);
        }));
    }

    private int shown(List<QuotaLine> lines) {
        admin.show(lines, lines, LINES);
        return 0;
    }
}
