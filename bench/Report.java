import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Findings as a table for people and as JSON for programs. */
final class Report {
    private Report() {}

    static Path defaultFile() throws IOException {
        var folder = Files.createDirectories(Path.of("bench", "results"));
        return folder.resolve("latest.json");
    }

    static String table(Machine machine, List<Finding> findings) {
        var text = new StringBuilder("\n");
        machine.facts().forEach((key, value) -> text.append("%-8s %s%n".formatted(key, value)));
        text.append("\nMedian (lowest to highest) of runs taken in turns.\n\n");
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("MEASURED", "UNIT", "MIMIRY", "PEER", "RESULT", "TARGET", "VERDICT"));
        for (var finding : findings) {
            rows.add(row(finding));
        }
        var widths = new int[7];
        for (var row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        for (var row : rows) {
            for (int i = 0; i < widths.length; i++) {
                text.append(("%-" + Math.max(1, widths[i]) + "s  ").formatted(row.get(i)));
            }
            text.append("\n");
        }
        for (var finding : findings) {
            if (finding.skipped() != null) {
                text.append("\n").append(finding.name()).append(" was skipped: ").append(finding.skipped()).append("\n");
            }
        }
        return text.toString();
    }

    private static List<String> row(Finding finding) {
        if (finding.skipped() != null) {
            return List.of(finding.name(), "", "", "", "", "", finding.verdict());
        }
        return List.of(
                finding.what(),
                finding.unit(),
                spread(finding.ours()),
                finding.peer() == null ? "" : spread(finding.peer()),
                number(finding.value()) + (isRatio(finding) ? " x" : " " + finding.unit()),
                target(finding),
                finding.verdict());
    }

    private static boolean isRatio(Finding finding) {
        return switch (finding.kind()) {
            case RATIO_AT_LEAST, RATIO_AT_MOST -> true;
            case DIFFERENCE_AT_MOST, AT_MOST -> false;
        };
    }

    private static String target(Finding finding) {
        if (finding.target() == null) {
            return "";
        }
        return switch (finding.kind()) {
            case RATIO_AT_MOST -> "<= " + number(finding.target()) + " x";
            case RATIO_AT_LEAST -> ">= " + number(finding.target()) + " x";
            case DIFFERENCE_AT_MOST -> "<= peer + " + number(finding.target());
            case AT_MOST -> "<= " + number(finding.target());
        };
    }

    private static String spread(Samples samples) {
        return "%s (%s to %s)".formatted(number(samples.median()), number(samples.min()), number(samples.max()));
    }

    private static String number(double value) {
        var places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
        return String.format(Locale.ROOT, "%,." + places + "f", value).replace(',', ' ');
    }

    static String json(Machine machine, List<Finding> findings) {
        var facts = machine.facts().entrySet().stream()
                .map(fact -> "    " + quoted(fact.getKey()) + ": " + quoted(fact.getValue()))
                .collect(Collectors.joining(",\n"));
        var results = findings.stream().map(Report::json).collect(Collectors.joining(",\n"));
        return "{\n  \"machine\": {\n" + facts + "\n  },\n  \"results\": [\n" + results + "\n  ]\n}\n";
    }

    private static String json(Finding finding) {
        if (finding.skipped() != null) {
            return "    {\"name\": %s, \"verdict\": \"skipped\", \"reason\": %s}"
                    .formatted(quoted(finding.name()), quoted(finding.skipped()));
        }
        return ("    {\"name\": %s, \"what\": %s, \"unit\": %s, \"kind\": %s, \"value\": %s, \"target\": %s, \"verdict\": %s,"
                        + " \"mimiry\": %s, \"peer\": %s}")
                .formatted(
                        quoted(finding.name()),
                        quoted(finding.what()),
                        quoted(finding.unit()),
                        quoted(finding.kind().name().toLowerCase(Locale.ROOT)),
                        plain(finding.value()),
                        finding.target() == null ? "null" : plain(finding.target()),
                        quoted(finding.verdict()),
                        json(finding.ours()),
                        finding.peer() == null ? "null" : json(finding.peer()));
    }

    private static String json(Samples samples) {
        return "{\"median\": %s, \"p10\": %s, \"p90\": %s, \"samples\": %s}"
                .formatted(
                        plain(samples.median()),
                        plain(samples.quantile(0.1)),
                        plain(samples.quantile(0.9)),
                        samples.values().stream().map(Report::plain).collect(Collectors.joining(", ", "[", "]")));
    }

    private static String plain(double value) {
        return String.format(Locale.ROOT, "%.3f", value);
    }

    private static String quoted(String text) {
        var escaped = new StringBuilder("\"");
        for (var character : text.toCharArray()) {
            if (character == '"' || character == '\\') {
                escaped.append('\\').append(character);
            } else if (character < 0x20) {
                escaped.append("\\u%04x".formatted((int) character));
            } else {
                escaped.append(character);
            }
        }
        return escaped.append('"').toString();
    }
}
