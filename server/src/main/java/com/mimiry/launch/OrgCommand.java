package com.mimiry.launch;

import com.mimiry.identity.Organization;
import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Organizations. */
@Command(
        name = "org",
        mixinStandardHelpOptions = true,
        description = "Organizations.",
        synopsisSubcommandLabel = "COMMAND")
final class OrgCommand {
    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    private record Row(
            UUID id, String name, String slug, boolean personal, String state, BigDecimal balance, String currency) {
        static Row of(Organization organization, Money balance) {
            String state = organization.deletedAt() != null
                    ? "deleted"
                    : organization.suspendedAt() != null ? "suspended" : "active";
            return new Row(
                    organization.id(),
                    organization.name(),
                    organization.slug(),
                    organization.personalOf() != null,
                    state,
                    balance.euros(),
                    Money.CURRENCY);
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "All organizations, oldest first.")
    int list() {
        List<Row> rows = admin.on(operator -> operator.identity().organizations().stream()
                .map(organization -> Row.of(organization, operator.balance(organization.id())))
                .toList());
        admin.show(
                rows,
                rows,
                new Table<Row>()
                        .column("ID", Row::id)
                        .column("NAME", Row::name)
                        .column("SLUG", Row::slug)
                        .column("KIND", row -> row.personal() ? "personal" : "shared")
                        .column("STATE", Row::state)
                        .column("BALANCE", row -> row.balance().toPlainString() + " " + row.currency()));
        return 0;
    }
}
