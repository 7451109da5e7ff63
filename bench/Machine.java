import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** What was measured on, and with which versions. */
record Machine(Map<String, String> facts) {
    static Machine look() throws Exception {
        var facts = new LinkedHashMap<String, String>();
        facts.put("at", Clock.systemUTC().instant().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("cpu", line("/proc/cpuinfo", "model name") + " x " + Runtime.getRuntime().availableProcessors());
        facts.put("memory", line("/proc/meminfo", "MemTotal"));
        facts.put("load", "%.1f".formatted(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        facts.put("system", version("uname", "-sr"));
        facts.put("java", Runtime.version().toString());
        facts.put("docker", version("docker", "version", "--format", "{{.Server.Version}}, client {{.Client.Version}}"));
        facts.put("pgbench", version("pgbench", "--version"));
        facts.put("wrk", version("wrk", "--version"));
        facts.put("ssh", version("ssh", "-V"));
        facts.put("curl", version("curl", "--version"));
        facts.put("jq", version("jq", "--version"));
        facts.put("mimiry", version("git", "describe", "--always", "--dirty"));
        return new Machine(facts);
    }

    static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    private static String line(String file, String key) throws Exception {
        if (!Files.exists(Path.of(file))) {
            return "unknown";
        }
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        }
    }

    private static String version(String... command) {
        try {
            return Shell.run(command).text().lines().findFirst().orElse("unknown").strip();
        } catch (Exception missing) {
            return "none";
        }
    }

}
