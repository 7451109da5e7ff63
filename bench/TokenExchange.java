import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sign-ins per second, against what one signature check and one insert cost alone: the JDK's Ed25519 on every processor, and
 * pgbench inserting one unique row per transaction in the same database.
 */
final class TokenExchange implements Measurement {
    private static final int CLIENTS = 16;

    @Override
    public String name() {
        return "token-exchange";
    }

    @Override
    public String what() {
        return "token exchanges / (Ed25519 check + pgbench insert)";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        Shell.need("pgbench", "psql");
        var signer = new SshSigner();
        var file = lab.folder.resolve("tokens.pub");
        Files.writeString(file, signer.publicKey());
        lab.addUser("bench-tokens@example.org", file);
        var script = lab.folder.resolve("insert.sql");
        Files.writeString(script, "INSERT INTO bench_nonce (nonce, at) VALUES (gen_random_uuid(), now());\n");
        Shell.run(lab.postgres(), List.of("psql", "-qc", "CREATE TABLE bench_nonce (nonce uuid PRIMARY KEY, at timestamptz NOT NULL)"))
                .orFail("psql");
        var seconds = lab.rounds(4, 2);
        var ours = new Samples();
        var peer = new Samples();
        exchange(lab, prepared(lab, signer, 500));
        for (int round = 0; round < lab.rounds(4, 2); round++) {
            var inserts = SessionRead.figure(
                    Shell.run(lab.postgres(), List.of("pgbench", "-n", "-f", script.toString(), "-M", "prepared", "-c8", "-j2", "-T" + seconds))
                            .orFail("pgbench")
                            .text(),
                    "tps = ([0-9.]+)");
            peer.add(1 / (1 / inserts + 1 / checksPerSecond(signer)));
            ours.add(exchange(lab, prepared(lab, signer, 2_000)));
        }
        Shell.run(lab.postgres(), List.of("psql", "-qc", "DROP TABLE bench_nonce")).orFail("psql");
        return List.of(Finding.of(name(), what(), "per second", ours, peer, Finding.Kind.RATIO_AT_LEAST, 0.25));
    }

    private static List<HttpRequest> prepared(Lab lab, SshSigner signer, int count) throws Exception {
        var requests = new ArrayList<HttpRequest>();
        var fingerprint = signer.fingerprint();
        var random = ThreadLocalRandom.current();
        for (int i = 0; i < count; i++) {
            var nonce = new byte[16];
            random.nextBytes(nonce);
            var moment = Long.toString(Clock.systemUTC().instant().getEpochSecond());
            var hex = HexFormat.of().formatHex(nonce);
            requests.add(HttpRequest.newBuilder(URI.create(lab.base() + "/api/v1/auth/token"))
                    .timeout(Duration.ofSeconds(30))
                    .header("Content-Type", "application/json")
                    .header("X-SSH-Fingerprint", fingerprint)
                    .header("X-SSH-Timestamp", moment)
                    .header("X-SSH-Nonce", hex)
                    .header("X-SSH-Signature", signer.sign(fingerprint + "\n" + moment + "\n" + hex))
                    .POST(HttpRequest.BodyPublishers.ofString("{\"expires_in\": 3600}"))
                    .build());
        }
        return requests;
    }

    /** Sends them all from {@link #CLIENTS} threads; returns how many a second were granted. */
    private static double exchange(Lab lab, List<HttpRequest> requests) throws Exception {
        var next = new AtomicLong();
        try (var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
                var pool = Executors.newFixedThreadPool(CLIENTS)) {
            Callable<Void> work = () -> {
                for (var i = next.getAndIncrement(); i < requests.size(); i = next.getAndIncrement()) {
                    var answer = client.send(requests.get((int) i), BodyHandlers.ofString());
                    if (answer.statusCode() != 200) {
                        throw new IllegalStateException("a sign-in was answered " + answer.statusCode() + ": " + answer.body());
                    }
                }
                return null;
            };
            var start = System.nanoTime();
            for (var done : pool.invokeAll(java.util.Collections.nCopies(CLIENTS, work))) {
                done.get();
            }
            return requests.size() / ((System.nanoTime() - start) / 1e9);
        }
    }

    private static double checksPerSecond(SshSigner signer) throws Exception {
        var data = new byte[128];
        var signature = signer.rawSignature(data);
        var processors = Runtime.getRuntime().availableProcessors();
        var end = System.nanoTime() + Duration.ofSeconds(1).toNanos();
        try (var pool = Executors.newFixedThreadPool(processors)) {
            Callable<Long> work = () -> {
                var count = 0L;
                while (System.nanoTime() < end) {
                    if (!signer.verifies(data, signature)) {
                        throw new IllegalStateException("a good signature was refused");
                    }
                    count++;
                }
                return count;
            };
            var total = 0L;
            for (var count : pool.invokeAll(java.util.Collections.nCopies(processors, work))) {
                total += count.get();
            }
            return total;
        }
    }
}
