package com.mimiry.launch;

import com.mimiry.billing.AuditRow;
import com.mimiry.identity.IdentityAdmin.Change;
import com.mimiry.platform.StartFailure;
import com.mimiry.platform.Timestamps;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** What was changed by hand. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = "Who changed what by hand.",
        synopsisSubcommandLabel = "COMMAND")
final class AuditCommand {
    private static final int LIMIT_MAX = 1_000;

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    /**
     * One change, of money and limits or of people.
     *
     * @param subject what was changed; the organization itself for money
     * @param reason null where none is asked for
     */
    private record Line(
            Instant at,
            String actor,
            String action,
            String subject,
            @Nullable UUID orgId,
            @Nullable String reason,
            @Nullable String before,
            @Nullable String after) {
        static Line of(AuditRow row) {
            return new Line(
                    row.at(),
                    row.actor(),
                    row.action(),
                    row.organizationId().toString(),
                    row.organizationId(),
                    row.reason(),
                    row.before(),
                    row.after());
        }

        static Line of(Change change) {
            return new Line(
                    change.at(),
                    change.actor(),
                    change.action(),
                    change.subject(),
                    change.organizationId(),
                    null,
                    change.before(),
                    change.after());
        }
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "Money, limits, users, keys and organizations; newest first.",
            sortOptions = false)
    int list(
            @Option(names = "--org", paramLabel = "O", description = "Of this organization alone; slug or id.")
                    @Nullable String organization,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "50",
                            description = "Default: 50, at most 1000.")
                    int limit) {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw new StartFailure("--limit must be from 1 to " + LIMIT_MAX + ".");
        }
        List<Line> lines = admin.on(operator -> {
            UUID only = organization == null
                    ? null
                    : operator.organization(organization).id();
            return Stream.concat(
                            operator.billing().audit(only, limit, 0).stream().map(Line::of),
                            operator.identity().audit(only, limit).stream().map(Line::of))
                    .sorted(Comparator.comparing(Line::at).reversed())
                    .limit(limit)
                    .toList();
        });
        admin.show(
                lines,
                lines,
                new Table<Line>()
                        .column("AT", line -> Timestamps.format(line.at()))
                        .column("WHO", Line::actor)
                        .column("WHAT", Line::action)
                        .column("ON", Line::subject)
                        .column("WHY", line -> shown(line.reason()))
                        .column("BEFORE", line -> shown(line.before()))
                        .column("AFTER", line -> shown(line.after())));
        return 0;
    }

    private static String shown(@Nullable String text) {
        return text == null ? "-" : text;
    }
}
