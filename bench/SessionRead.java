import java.util.List;
import java.util.regex.Pattern;

/** GET /sessions/{id} under load, against primary-key reads by pgbench in the same database. */
final class SessionRead implements Measurement {
    @Override
    public String name() {
        return "session-read";
    }

    @Override
    public String what() {
        return "GET /sessions/{id} / pgbench -S";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        Shell.need("wrk", "pgbench");
        var id = lab.api().create(lab.image());
        lab.api().awaitStarted(id);
        Shell.run(lab.postgres(), List.of("pgbench", "-i", "-q", "-s", "10")).orFail("pgbench -i");
        var seconds = lab.rounds(5, 2);
        var ours = new Samples();
        var peer = new Samples();
        // Until the compiler has come to rest: pgbench comes compiled.
        read(lab, id, lab.rounds(40, 25));
        for (int round = 0; round < lab.rounds(5, 2); round++) {
            peer.add(select(lab, seconds));
            ours.add(read(lab, id, seconds));
        }
        Shell.run(lab.postgres(), List.of("pgbench", "-i", "-I", "d")).orFail("pgbench -i -I d");
        lab.api().terminate(id);
        return List.of(Finding.of(name(), what(), "per second", ours, peer, Finding.Kind.RATIO_AT_LEAST, 0.25));
    }

    private static double read(Lab lab, String id, int seconds) throws Exception {
        var text = Shell.run("wrk", "-t2", "-c32", "-d" + seconds + "s", "-H", "Authorization: Bearer " + lab.api().token(),
                        lab.api().url("/sessions/" + id))
                .orFail("wrk")
                .text();
        if (text.contains("Non-2xx")) {
            throw new IllegalStateException("not every answer was a 200: " + text);
        }
        return figure(text, "Requests/sec:\\s+([0-9.]+)");
    }

    private static double select(Lab lab, int seconds) throws Exception {
        return figure(
                Shell.run(lab.postgres(), List.of("pgbench", "-n", "-S", "-M", "prepared", "-c8", "-j2", "-T" + seconds))
                        .orFail("pgbench -S")
                        .text(),
                "tps = ([0-9.]+)");
    }

    static double figure(String text, String pattern) {
        var found = Pattern.compile(pattern).matcher(text);
        if (!found.find()) {
            throw new IllegalStateException("no figure in: " + text);
        }
        return Double.parseDouble(found.group(1));
    }
}
