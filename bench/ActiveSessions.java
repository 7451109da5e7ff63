import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One server with ten thousand sessions that run, on a host which is emulated: what they cost, and what they slow down. */
final class ActiveSessions implements Measurement {
    private static final int CLIENTS = 8;
    private static final int TERMINATIONS = 50;
    private static final int HISTORY_EVENTS = 220_000;
    private static final long PATIENCE_MINUTES = 20;

    /** Sessions that ended long ago, with events: copies of one that is there, so that every column is as the server writes it. */
    private static final String HISTORY = """
            create temporary table template as select * from session limit 1;
            insert into session select (jsonb_populate_record(t, jsonb_build_object('id', gen_random_uuid(), 'state', 'terminated',
                    'ssh_address', null, 'end_state', 'completed', 'terminated_at', t.created_at, 'ended_at', t.created_at))).*
                from template t, generate_series(1, :sessions);
            insert into session_event (session_id, at, type, state, operation, message)
                select s.id, s.created_at, 'state', 'started', '', 'history' from session s, generate_series(1, :events / :sessions)
                where s.state = 'terminated';
            analyze;
            """;

    @Override
    public String name() {
        return "active-sessions";
    }

    @Override
    public String what() {
        return "10,000 active sessions on an emulated host: memory, CPU, lag, lists, ends";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        Shell.need("psql");
        var count = lab.rounds(10_000, 1_000);
        // Nothing else of the bench takes part.
        lab.stopServer();
        var socket = Path.of("/var/tmp", "mimiry-bench-engine." + ProcessHandle.current().pid());
        try (var engine = new EmulatedEngine(socket);
                var own = Lab.open(lab.quick, """
                        mimiry.docker.hosts.local.uri=unix://%s
                        mimiry.docker.hosts.local.gpus=T4:%d
                        mimiry.docker.memory-per-gpu=64M
                        mimiry.docker.volumes.enabled=false
                        mimiry.containers.ready-networks=0
                        mimiry.billing.organization-quota.sessions=100000
                        mimiry.billing.organization-quota.gpus=100000
                        mimiry.billing.user-quota.sessions=100000
                        mimiry.billing.user-quota.gpus=100000
                        """.formatted(socket, count))) {
            return measured(own, engine, count);
        }
    }

    private List<Finding> measured(Lab lab, EmulatedEngine engine, int count) throws Exception {
        var findings = new ArrayList<Finding>();
        var begun = System.nanoTime();
        List<Callable<String>> creates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            creates.add(() -> create(lab.api()));
        }
        var ids = all(creates);
        findings.add(shown("%,d sessions created, by %d clients".formatted(count, CLIENTS), "per second", count / seconds(begun)));
        await("every container runs", () -> engine.running() == count);
        findings.add(shown("%,d sessions started".formatted(count), "per second", count / seconds(begun)));
        // Until each has been looked at as often as it is when nothing changes, its money included.
        Thread.sleep(TimeUnit.SECONDS.toMillis(lab.quick ? 60 : 180));

        var calls = engine.calls();
        var cpu = new Cpu(lab.serverPid());
        var since = System.nanoTime();
        Thread.sleep(TimeUnit.SECONDS.toMillis(lab.quick ? 20 : 60));
        var seconds = seconds(since);
        findings.add(shown("server's CPU, for each 1,000 running sessions", "% core", cpu.server() / seconds * 100 * 1_000 / count));
        findings.add(shown("its PostgreSQL's CPU, for each 1,000", "% core", cpu.database() / seconds * 100 * 1_000 / count));
        findings.add(shown("calls to the engine, for each 1,000", "per second", (engine.calls() - calls) / seconds * 1_000 / count));
        findings.add(shown("server's memory (RSS)", "MB", ServerStart.megabytes(lab.serverPid(), "/status", "VmRSS:")));
        findings.add(shown("steps' lateness, 99th percentile", "ms", lag(lab)));

        history(lab, count / 4);
        var list = new Samples();
        for (int i = 0; i < 60; i++) {
            var asked = System.nanoTime();
            lab.api().call("GET", "/sessions?limit=100&offset=" + (i * 7), "");
            if (i >= 20) {
                list.add((System.nanoTime() - asked) / 1e6);
            }
        }
        findings.add(Finding.of(name(), "GET /sessions of %,d with %,d events".formatted(count + count / 4, HISTORY_EVENTS), "ms", list, null,
                Finding.Kind.AT_MOST, null));

        var ending = System.nanoTime();
        List<Callable<String>> ends = new ArrayList<>();
        for (var id : ids.subList(0, TERMINATIONS)) {
            ends.add(() -> lab.api().call("DELETE", "/sessions/" + id, ""));
        }
        all(ends);
        await("their containers are gone", () -> engine.running() == count - TERMINATIONS);
        for (var id : ids.subList(0, TERMINATIONS)) {
            await(id + " is terminated", () -> Api.member(lab.api().call("GET", "/sessions/" + id, ""), "state").equals("terminated"));
        }
        findings.add(shown("%d sessions ended side by side".formatted(TERMINATIONS), "s", seconds(ending)));
        return findings;
    }

    private static String create(Api api) throws IOException, InterruptedException {
        return Api.member(api.call("POST", "/sessions", """
                {"name": "bench", "image": {"uri": "bench:local"}, "gpu": {"types": ["T4"]}, "command": "sleep 36000"}
                """), "id");
    }

    private static <T> List<T> all(List<Callable<T>> work) throws Exception {
        List<T> results = new ArrayList<>();
        try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
            for (var result : clients.invokeAll(work)) {
                results.add(result.get());
            }
        }
        return results;
    }

    private static void await(String what, Callable<Boolean> condition) throws Exception {
        var end = System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException("it never happened that " + what);
            }
            Thread.sleep(100);
        }
    }

    private static double lag(Lab lab) throws Exception {
        var metrics = lab.api().root("/metrics");
        var found = Pattern.compile("(?m)^mimiry_reconcile_lag_seconds\\{quantile=\"0.99\"[^}]*} (\\S+)$").matcher(metrics);
        if (!found.find()) {
            throw new IllegalStateException("the server tells nothing of its lag");
        }
        return Double.parseDouble(found.group(1)) * 1_000;
    }

    private static void history(Lab lab, int sessions) throws Exception {
        var script = lab.folder.resolve("history.sql");
        Files.writeString(script, HISTORY);
        Shell.run(lab.postgres(), List.of("psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-v", "sessions=" + sessions, "-v",
                "events=" + HISTORY_EVENTS, "-f", script.toString())).orFail("psql");
    }

    private Finding shown(String what, String unit, double figure) {
        var samples = new Samples();
        samples.add(figure);
        return Finding.of(name(), what, unit, samples, null, Finding.Kind.AT_MOST, null);
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    /** What a process and its children have used of the processors since this was made, in seconds. */
    private static final class Cpu {
        private static final double TICKS_PER_SECOND = 100;
        private final long pid;
        private final double serverBefore;
        private final double databaseBefore;

        Cpu(long pid) {
            this.pid = pid;
            this.serverBefore = used(pid);
            this.databaseBefore = children();
        }

        double server() {
            return used(pid) - serverBefore;
        }

        double database() {
            return children() - databaseBefore;
        }

        private double children() {
            return ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants).mapToDouble(child -> used(child.pid())).sum();
        }

        private static double used(long pid) {
            try {
                var fields = Files.readString(Path.of("/proc/" + pid + "/stat")).replaceFirst(".*\\) ", "").split(" ");
                return Stream.of(fields[11], fields[12]).mapToLong(Long::parseLong).sum() / TICKS_PER_SECOND;
            } catch (IOException gone) {
                return 0;
            }
        }
    }
}
