package com.mimiry.launch;

import com.mimiry.identity.IdentityAdmin.AddedUser;
import com.mimiry.identity.User;
import com.mimiry.platform.Money;
import com.mimiry.platform.Timestamps;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Users. */
@Command(name = "user", mixinStandardHelpOptions = true, description = "Users.", synopsisSubcommandLabel = "COMMAND")
final class UserCommand {
    private static final Table<User> USERS = new Table<User>()
            .column("ID", User::id)
            .column("E-MAIL", User::email)
            .column("USERNAME", User::username)
            .column("STATE", user -> user.enabled() ? "enabled" : "disabled")
            .column("OPERATOR", user -> user.operator() ? "yes" : "no")
            .column("SINCE", user -> Timestamps.format(user.createdAt()));

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    /** A user who was just made, as both forms of output show it. */
    private record Added(
            UUID id,
            String email,
            String username,
            UUID orgId,
            @Nullable String fingerprint,
            BigDecimal balance,
            String currency) {}

    @Command(name = "add", mixinStandardHelpOptions = true, description = "Makes a user, with a key and money at will.")
    int add(
            @Option(names = "--email", required = true, paramLabel = "E") String email,
            @Option(names = "--key", paramLabel = "FILE.pub", description = "The SSH public key to sign in with.")
                    @Nullable Path key,
            @Option(names = "--username", paramLabel = "U", description = "Default: made from the address.") @Nullable String username,
            @Option(names = "--credit", paramLabel = "EUR", description = "Prepaid money to start with.") @Nullable BigDecimal credit) {
        String line = key == null ? null : PublicKeyFile.read(key);
        Money amount = credit == null ? Money.ZERO : Amounts.euros(credit);
        Added added = admin.on(operator -> {
            AddedUser made = operator.identity().addUser(email, username, line);
            UUID organization = made.personalOrganization().id();
            Money balance = amount.equals(Money.ZERO)
                    ? Money.ZERO
                    : operator.credit(organization, amount, "Credit for a new user");
            return new Added(
                    made.user().id(),
                    made.user().email(),
                    made.user().username(),
                    organization,
                    made.key() == null ? null : made.key().key().fingerprint(),
                    balance.euros(),
                    Money.CURRENCY);
        });
        admin.show(
                added,
                List.of(added),
                new Table<Added>()
                        .column("ID", Added::id)
                        .column("E-MAIL", Added::email)
                        .column("USERNAME", Added::username)
                        .column("KEY", row -> row.fingerprint() == null ? "none yet" : row.fingerprint())
                        .column("BALANCE", row -> row.balance().toPlainString() + " " + row.currency()));
        return 0;
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All users, oldest first.")
    int list() {
        List<User> users = admin.on(operator -> operator.identity().listUsers());
        admin.show(users, users, USERS);
        return 0;
    }

    @Command(name = "disable", mixinStandardHelpOptions = true, description = "Ends a user's access at once.")
    int disable(@Parameters(paramLabel = "USER", description = "E-mail, username or id.") String user) {
        return shown(admin.on(operator -> operator.identity().setEnabled(user, false)));
    }

    @Command(name = "enable", mixinStandardHelpOptions = true, description = "Gives a user access again.")
    int enable(@Parameters(paramLabel = "USER", description = "E-mail, username or id.") String user) {
        return shown(admin.on(operator -> operator.identity().setEnabled(user, true)));
    }

    @Command(
            name = "operator",
            mixinStandardHelpOptions = true,
            description = "Makes a user an operator, or no longer.")
    int operator(
            @Parameters(paramLabel = "USER", description = "E-mail, username or id.") String user,
            @Option(names = "--off", description = "No longer.") boolean off) {
        return shown(admin.on(operator -> operator.identity().setOperator(user, !off)));
    }

    private int shown(User user) {
        admin.show(user, List.of(user), USERS);
        return 0;
    }
}
