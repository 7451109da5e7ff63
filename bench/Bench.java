import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code ./mimiry bench}: how fast the server is, each figure beside a real peer that ran in turns with it on the same
 * machine. Run from the repository's root: {@code java bench/Bench.java [--only A,B] [--json FILE] [--quick] [--list]}.
 *
 * <p>It starts a server of its own on free ports with a data directory of its own, and takes everything down again. What
 * cannot be measured here (no Docker, no wrk) is named as skipped. Timings never make it fail: exit code 0 means that it
 * ran.
 */
final class Bench {
    private static final List<Measurement> ALL =
            List.of(
                    new SessionStart(), new SessionRead(), new TokenExchange(), new Postings(), new BalanceRead(), new SshLogin(),
                    new SshBulk(), new CommandLine(), new ServerStart(), new ActiveSessions());

    private Bench() {}

    public static void main(String... arguments) throws Exception {
        var only = List.<String>of();
        Path json = null;
        var quick = false;
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--only" -> only = List.of(value(arguments, ++i).split(","));
                case "--json" -> json = Path.of(value(arguments, ++i));
                case "--quick" -> quick = true;
                case "--list" -> {
                    ALL.forEach(measurement -> System.out.printf("%-15s %s%n", measurement.name(), measurement.what()));
                    return;
                }
                default -> {
                    System.err.println("usage: ./mimiry bench [--only NAME,NAME] [--json FILE] [--quick] [--list]");
                    System.exit(arguments[i].equals("--help") || arguments[i].equals("-h") ? 0 : 2);
                }
            }
        }
        run(chosen(only), json, quick);
    }

    private static String value(String[] arguments, int index) {
        if (index >= arguments.length) {
            System.err.println("bench: " + arguments[index - 1] + " needs a value");
            System.exit(2);
        }
        return arguments[index];
    }

    private static List<Measurement> chosen(List<String> only) {
        for (var name : only) {
            if (ALL.stream().noneMatch(measurement -> measurement.name().equals(name))) {
                System.err.println("bench: there is no measurement " + name + "; --list shows them");
                System.exit(2);
            }
        }
        return ALL.stream()
                .filter(measurement -> only.isEmpty() || only.contains(measurement.name()))
                .toList();
    }

    private static void run(List<Measurement> measurements, Path json, boolean quick) throws Exception {
        if (!Files.isExecutable(Path.of("mimiry"))) {
            System.err.println("bench: run it from the repository's root, as ./mimiry bench");
            System.exit(2);
        }
        var machine = Machine.look();
        var findings = new ArrayList<Finding>();
        try (var lab = Lab.open(quick)) {
            for (var measurement : measurements) {
                System.err.println("bench: " + measurement.name() + ": " + measurement.what() + " ...");
                try {
                    findings.addAll(measurement.run(lab));
                } catch (Unavailable missing) {
                    findings.add(Finding.skipped(measurement.name(), missing.getMessage()));
                } catch (java.io.IOException | RuntimeException failure) {
                    findings.add(Finding.skipped(measurement.name(), failure.toString()));
                }
            }
        }
        System.out.print(Report.table(machine, findings));
        var file = json == null ? Report.defaultFile() : json;
        Files.writeString(file, Report.json(machine, findings));
        System.err.println("bench: also written to " + file);
    }
}
