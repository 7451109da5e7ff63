import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How long a server with a database that exists already takes to its first answer, and how much memory it rests at. */
final class ServerStart implements Measurement {
    private static final long REST_SECONDS = 10;

    @Override
    public String name() {
        return "server-start";
    }

    @Override
    public String what() {
        return "./mimiry serve until its first 200, and until it lists sessions; memory at rest";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        var start = new Samples();
        var useful = new Samples();
        var resident = new Samples();
        var database = new Samples();
        for (int round = 0; round < lab.rounds(5, 2); round++) {
            lab.stopServer();
            var port = Lab.freePort();
            var begun = System.nanoTime();
            lab.launch(port);
            // It asks the database, so it is a 200 only where there is one.
            await(port, "/health", "", begun);
            start.add((System.nanoTime() - begun) / 1e6);
            await(port, "/api/compute/v1/sessions", "Authorization: Bearer " + lab.api().token() + "\r\n", begun);
            useful.add((System.nanoTime() - begun) / 1e6);
            Thread.sleep(TimeUnit.SECONDS.toMillis(lab.quick ? 2 : REST_SECONDS));
            resident.add(megabytes(lab.serverPid(), "/status", "VmRSS:"));
            database.add(ProcessHandle.of(lab.serverPid()).orElseThrow().descendants().mapToDouble(child -> share(child.pid())).sum());
        }
        // The others expect the server where it was.
        lab.stopServer();
        return List.of(
                Finding.of(name(), "server start to first 200, warm database", "ms", start, null, Finding.Kind.AT_MOST, 1_500.0),
                Finding.of(name(), "... to the first list of sessions", "ms", useful, null, Finding.Kind.AT_MOST, null),
                Finding.of(name(), "server's memory at rest (RSS)", "MB", resident, null, Finding.Kind.AT_MOST, 400.0),
                Finding.of(name(), "its PostgreSQL's memory (PSS)", "MB", database, null, Finding.Kind.AT_MOST, null));
    }

    private static void await(int port, String path, String header, long begun) throws InterruptedException {
        while (!answers(port, path, header)) {
            if (System.nanoTime() - begun > TimeUnit.MINUTES.toNanos(2)) {
                throw new IllegalStateException("the server did not come back");
            }
            Thread.sleep(5);
        }
    }

    /** Without an HTTP client of the JDK's, whose own start would be measured. */
    private static boolean answers(int port, String path, String header) {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(30_000);
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + header + "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII).endsWith(" 200");
        } catch (IOException notYet) {
            return false;
        }
    }

    private static double share(long pid) {
        try {
            return megabytes(pid, "/smaps_rollup", "Pss:");
        } catch (IOException gone) {
            return 0;
        }
    }

    static double megabytes(long pid, String file, String key) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/" + pid + file))) {
            return lines.filter(line -> line.startsWith(key))
                    .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1_000)
                    .findFirst()
                    .orElse(0);
        }
    }
}
