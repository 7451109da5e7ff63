package com.mimiry.launch;

import com.mimiry.identity.Organization;
import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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
        show(rows, rows);
        return 0;
    }

    @Command(
            name = "suspend",
            mixinStandardHelpOptions = true,
            description = "Stops what runs in an organization, and lets it start nothing more.")
    int suspend(
            @Parameters(paramLabel = "ORG", description = "Slug or id.") String organization,
            @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "Its members are told.")
                    String reason) {
        return setSuspended(organization, reason);
    }

    @Command(name = "resume", mixinStandardHelpOptions = true, description = "Lifts a suspension.")
    int resume(@Parameters(paramLabel = "ORG", description = "Slug or id.") String organization) {
        return setSuspended(organization, null);
    }

    private int setSuspended(String idOrSlug, @Nullable String reason) {
        Row row = admin.on(operator -> {
            Organization changed = operator.identity()
                    .setSuspended(operator.organization(idOrSlug).id(), reason);
            return Row.of(changed, operator.balance(changed.id()));
        });
        show(row, List.of(row));
        return 0;
    }

    private void show(Object whole, List<Row> rows) {
        admin.show(
                whole,
                rows,
                new Table<Row>()
                        .column("ID", Row::id)
                        .column("NAME", Row::name)
                        .column("SLUG", Row::slug)
                        .column("KIND", row -> row.personal() ? "personal" : "shared")
                        .column("STATE", Row::state)
                        .column("BALANCE", row -> row.balance().toPlainString() + " " + row.currency()));
    }
}
