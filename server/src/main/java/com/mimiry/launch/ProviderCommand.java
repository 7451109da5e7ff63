package com.mimiry.launch;

import com.mimiry.oversight.ProviderAdmin.Listed;
import com.mimiry.oversight.SweepReport;
import com.mimiry.platform.StartFailure;
import com.mimiry.platform.Timestamps;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The providers, what they hold for us, and whose it is. */
@Command(
        name = "provider",
        mixinStandardHelpOptions = true,
        description = "Providers: how they are, and what they hold for us. Needs a running server.",
        synopsisSubcommandLabel = "COMMAND")
final class ProviderCommand {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final Table<Listed> PROVIDERS = new Table<Listed>()
            .column("NAME", Listed::name)
            .column("STATE", Listed::state)
            .column("SINCE", listed -> Timestamps.format(listed.since()))
            .column("CALLS", Listed::calls)
            .column("FAILED", Listed::failures)
            .column("TOO MANY", Listed::rateLimited)
            .column(
                    "QUEUE",
                    listed -> listed.queue().due() + " due of " + listed.queue().rows())
            .column("LAST ANSWER", listed -> time(listed.lastSuccessAt()))
            .column("LAST ERROR", listed -> listed.lastError() == null ? "-" : listed.lastError())
            .column(
                    "LAST SWEEP",
                    listed -> listed.lastSweep() == null
                            ? "-"
                            : listed.lastSweep().summary());

    private static final Table<SweepReport.Line> ITEMS = new Table<SweepReport.Line>()
            .column("KIND", SweepReport.Line::kind)
            .column("PROVIDER'S ID", line -> text(line.providerId()))
            .column("OUR ID", line -> line.id() == null ? "-" : line.id())
            .column("PLACE", line -> text(line.location()))
            .column("AGE", line -> line.ageS() == null ? "-" : age(Duration.ofSeconds(line.ageS())))
            .column("STATE", line -> text(line.state()))
            .column(
                    "OWNER",
                    line -> line.owner() == null
                            ? "-"
                            : line.owner().type() + " " + line.owner().id() + " ("
                                    + line.owner().state() + ")")
            .column("VERDICT", ProviderCommand::verdict)
            .column("WHY", line -> text(line.note()))
            .column("DONE", line -> text(line.outcome()));

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Command(name = "list", mixinStandardHelpOptions = true, description = "How each provider is.")
    int list() {
        List<Listed> providers = admin.on(operator -> operator.providers().list());
        admin.show(providers, providers, PROVIDERS);
        return 0;
    }

    @Command(
            name = "inventory",
            mixinStandardHelpOptions = true,
            description =
                    "Asks a provider what it holds for us. Changes nothing. Exit status 1 unless all is accounted for.")
    int inventory(@Parameters(paramLabel = "PROVIDER") String provider) {
        return sweep(provider, true);
    }

    @Command(
            name = "sweep",
            mixinStandardHelpOptions = true,
            description =
                    "Sweeps a provider now: what is ours and nobody's is destroyed. Exit status 1 unless all is accounted for.")
    int sweep(
            @Parameters(paramLabel = "PROVIDER") String provider,
            @Option(names = "--dry-run", description = "Only says what would be done.") boolean dryRun) {
        Optional<SweepReport> report = admin.on(operator -> operator.providers().sweep(provider, dryRun, PATIENCE));
        if (report.isEmpty()) {
            throw new StartFailure(admin.on(operator -> operator.providers().last(provider))
                    .map(last -> "No server answered within %s. The last sweep of %s, at %s, said: %s."
                            .formatted(age(PATIENCE), provider, Timestamps.format(last.at()), last.summary()))
                    .orElse("No server answered within %s, and %s was never swept: is a server running?"
                            .formatted(age(PATIENCE), provider)));
        }
        SweepReport found = report.get();
        if (!admin.isJson()) {
            PrintWriter out = spec.commandLine().getOut();
            out.println(found.summary() + (found.dryRun() ? ". Nothing was changed." : "."));
            found.gaps().forEach(gap -> out.println("Not seen: " + gap));
            found.counts().stream()
                    .filter(count -> count.foreign() > 0)
                    .forEach(count -> out.println("Not ours, and left alone: " + count.foreign() + " " + count.kind()));
        }
        admin.show(found, found.items(), ITEMS);
        return found.complete() && found.isAccountedFor() ? 0 : 1;
    }

    private static String verdict(SweepReport.Line line) {
        return line.verdict().replace('_', ' ')
                + (line.destroyFrom() == null ? "" : ", destroyed from " + Timestamps.format(line.destroyFrom()));
    }

    private static String text(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private static String time(@Nullable Instant at) {
        return at == null ? "-" : Timestamps.format(at);
    }

    private static String age(Duration age) {
        return age.toDays() > 0
                ? age.toDays() + "d" + age.toHoursPart() + "h"
                : age.toHours() > 0
                        ? age.toHours() + "h" + age.toMinutesPart() + "m"
                        : age.toMinutes() > 0
                                ? age.toMinutes() + "m" + age.toSecondsPart() + "s"
                                : age.toSeconds() + "s";
    }
}
