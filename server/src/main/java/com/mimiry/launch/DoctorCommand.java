package com.mimiry.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.launch.Finding.Level;
import com.mimiry.platform.Clocks;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks the machine and says how to mend what is wrong. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = "Checks this machine and says how to mend what is wrong; the exit status is 1 if something is.",
        sortOptions = false)
final class DoctorCommand implements Callable<Integer> {
    @Option(names = "--data", paramLabel = "DIR", description = "The data directory to look at.")
    private @Nullable Path data;

    @Option(names = "--config", paramLabel = "FILE", description = "A .properties file with mimiry.* keys.")
    private @Nullable Path config;

    @Option(names = "--json", description = "For machines.")
    private boolean json;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public Integer call() throws JsonProcessingException {
        Settings settings = Settings.from(config);
        Path directory = data == null ? settings.dataDirectory() : data;
        List<Finding> findings = new Doctor(settings, directory, Clocks.utc()).examine();
        boolean well = findings.stream().noneMatch(finding -> finding.level() == Level.FAIL);
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(new ObjectMapper()
                    .writeValueAsString(Map.of(
                            "ok",
                            well,
                            "checks",
                            findings.stream().map(DoctorCommand::members).toList())));
        } else {
            findings.forEach(finding -> print(out, finding));
        }
        return well ? 0 : 1;
    }

    private static Map<String, String> members(Finding finding) {
        Map<String, String> members = new LinkedHashMap<>();
        members.put("name", finding.name());
        members.put("status", finding.level().word());
        members.put("detail", finding.detail());
        members.put("fix", finding.fix());
        return members;
    }

    private static void print(PrintWriter out, Finding finding) {
        out.printf("%-4s  %-16s %s%n", finding.level().word(), finding.name(), finding.detail());
        if (!finding.fix().isEmpty()) {
            out.printf("%-4s  %-16s → %s%n", "", "", finding.fix());
        }
    }
}
