package com.mimiry.launch;

import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Prepaid money. */
@Command(
        name = "credit",
        mixinStandardHelpOptions = true,
        description = "Prepaid money.",
        subcommands = CreditCommand.Add.class,
        synopsisSubcommandLabel = "COMMAND")
final class CreditCommand {
    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    /** Whose money it is; one of the two. */
    static final class Owner {
        @Option(names = "--email", paramLabel = "E", description = "The personal organization of this user.")
        private @Nullable String email;

        @Option(names = "--org", paramLabel = "O", description = "The organization with this slug or id.")
        private @Nullable String organization;

        UUID id(Operator operator) {
            return email == null
                    ? operator.organization(String.valueOf(organization)).id()
                    : operator.identity().organizationsOf(email).getFirst().id();
        }
    }

    /** What an organization has now. */
    private record Credited(UUID orgId, BigDecimal balance, String currency) {}

    /** Adds money. */
    @Command(name = "add", mixinStandardHelpOptions = true, description = "Adds prepaid money.", sortOptions = false)
    static final class Add implements Runnable {
        @ParentCommand
        @SuppressWarnings("NullAway.Init")
        private CreditCommand credit;

        @ArgGroup(multiplicity = "1")
        @SuppressWarnings("NullAway.Init")
        private Owner owner;

        @Option(names = "--amount", required = true, paramLabel = "EUR")
        @SuppressWarnings("NullAway.Init")
        private BigDecimal amount;

        @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "For the books.")
        @SuppressWarnings("NullAway.Init")
        private String reason;

        @Override
        public void run() {
            Money euros = Amounts.euros(amount);
            Credited credited = credit.admin.on(operator -> {
                UUID organization = owner.id(operator);
                return new Credited(
                        organization,
                        operator.credit(organization, euros, reason).euros(),
                        Money.CURRENCY);
            });
            credit.admin.show(
                    credited,
                    List.of(credited),
                    new Table<Credited>()
                            .column("ORGANIZATION", Credited::orgId)
                            .column("BALANCE", row -> row.balance().toPlainString() + " " + row.currency()));
        }
    }
}
