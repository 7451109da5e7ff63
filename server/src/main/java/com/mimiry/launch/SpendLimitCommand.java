package com.mimiry.launch;

import com.mimiry.billing.SpendLimitLine;
import com.mimiry.platform.Money;
import com.mimiry.platform.Timestamps;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** How much may be spent in a day or month. */
@Command(
        name = "spend-limit",
        mixinStandardHelpOptions = true,
        description = "How much may be spent in a day or month.",
        synopsisSubcommandLabel = "COMMAND")
final class SpendLimitCommand {
    private static final Table<SpendLimitLine> LINES = new Table<SpendLimitLine>()
            .column("OF", line -> line.userId() == null ? "organization" : line.userId())
            .column("A", SpendLimitLine::period)
            .column("SET BY", SpendLimitLine::setBy)
            .column("LIMIT", line -> line.limit().toPlainString() + " " + line.currency())
            .column("SPENT", line -> line.spent().toPlainString() + " " + line.currency())
            .column("UNTIL", line -> Timestamps.format(line.resetsAt()));

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    /** The new limit; one of the two. */
    static final class Wanted {
        @Option(names = "--limit", paramLabel = "EUR", description = "At most so much.")
        private @Nullable BigDecimal limit;

        @Option(names = "--none", description = "As much as there is.")
        private boolean none;
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            description = "Every limit of an organization and its users, whoever set it.",
            sortOptions = false)
    int show(@ArgGroup(multiplicity = "1") Owner owner) {
        return shown(admin.on(operator -> operator.billing().spendLimits(owner.id(operator))));
    }

    @Command(
            name = "set",
            mixinStandardHelpOptions = true,
            description = "Sets the operator's limit; the organization may set itself a lower one.",
            sortOptions = false)
    int set(
            @ArgGroup(multiplicity = "1") Owner owner,
            @Option(names = "--period", required = true, paramLabel = "P", description = "day or month, in UTC.")
                    String period,
            @ArgGroup(multiplicity = "1") Wanted wanted,
            @Option(names = "--user", paramLabel = "U", description = "For this user in it alone.") @Nullable String user,
            @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "For the audit log.")
                    String reason) {
        Money limit = wanted.limit == null ? null : Amounts.euros(wanted.limit);
        return shown(admin.on(operator -> {
            UUID organization = owner.id(operator);
            UUID userId = wanted.none ? operator.user(user) : operator.member(organization, user);
            operator.billing().setSpendLimit(operator.by(organization, reason), userId, period, limit);
            return operator.billing().spendLimits(organization);
        }));
    }

    private int shown(List<SpendLimitLine> lines) {
        admin.show(lines, lines, LINES);
        return 0;
    }
}
