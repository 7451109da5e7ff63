import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** mirc session list, against bare curl and jq. */
final class CommandLine implements Measurement {
    @Override
    public String name() {
        return "command-line";
    }

    @Override
    public String what() {
        return "mirc session list - (curl | jq)";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        var header = lab.folder.resolve("header");
        Files.writeString(header, "Authorization: Bearer " + lab.api().token() + "\n");
        var curl = "curl -s -H @" + header + " " + lab.api().url("/sessions") + " | jq .";
        var list = List.of(Path.of("skill/scripts/mirc.sh").toAbsolutePath().toString(), "session", "list");
        var ours = new Samples();
        var peer = new Samples();
        Shell.run(lab.environment(), list).orFail("mirc session list");
        for (int round = 0; round < lab.rounds(30, 10); round++) {
            peer.add(Shell.time(Map.of(), curl));
            ours.add(Shell.run(lab.environment(), list).orFail("mirc session list").millis());
        }
        return List.of(Finding.of(name(), what(), "ms", ours, peer, Finding.Kind.DIFFERENCE_AT_MOST, 50.0));
    }
}
