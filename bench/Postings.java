import java.io.File;
import java.util.List;

/** Ledger entries booked by the server's own billing code, against the built-in simple update of pgbench in the same database. */
final class Postings implements Measurement {
    private static final int CLIENTS = 8;

    @Override
    public String name() {
        return "postings";
    }

    @Override
    public String what() {
        return "ledger entries / pgbench -N";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        Shell.need("pgbench", "psql");
        Shell.run(lab.postgres(), List.of("pgbench", "-i", "-q", "-s", "10")).orFail("pgbench -i");
        var seconds = lab.rounds(10, 4);
        var ours = new Samples();
        var peer = new Samples();
        for (int round = 0; round < lab.rounds(5, 2); round++) {
            peer.add(update(lab, seconds));
            ours.add(book(lab, seconds));
        }
        Shell.run(lab.postgres(), List.of("pgbench", "-i", "-I", "d")).orFail("pgbench -i -I d");
        BalanceRead.requireFaultless(lab);
        return List.of(Finding.of(name(), what(), "per second", ours, peer, Finding.Kind.RATIO_AT_LEAST, null));
    }

    private static double update(Lab lab, int seconds) throws Exception {
        return SessionRead.figure(
                Shell.run(lab.postgres(), List.of("pgbench", "-n", "-N", "-M", "prepared", "-c" + CLIENTS, "-j2", "-T" + seconds))
                        .orFail("pgbench -N")
                        .text(),
                "tps = ([0-9.]+)");
    }

    private static double book(Lab lab, int seconds) throws Exception {
        var libraries = "server/target/classes" + File.pathSeparator + "server/target/quarkus-app/lib/main/*" + File.pathSeparator
                + "server/target/quarkus-app/lib/boot/*";
        var java = ProcessHandle.current().info().command().orElse("java");
        return SessionRead.figure(
                Shell.run(lab.postgres(), List.of(java, "-cp", libraries, "bench/load/PostingLoad.java", "" + CLIENTS, "" + seconds))
                        .orFail("PostingLoad")
                        .text(),
                "entries = ([0-9.]+)");
    }
}
