package com.mimiry.it;

import static org.awaitility.Awaitility.await;

import com.mimiry.launch.AdminInProcess;
import com.mimiry.platform.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A packaged server in a process of its own, started as its operator would, with real PostgreSQL and real Docker. */
final class MimiryServer implements AutoCloseable {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();
    /** Tests look ten times a second, and their providers list everything at once: no time is left for slower ones. */
    private static final Map<String, String> QUICK = Map.of(
            "mimiry.sessions.shown-at-least", "1s",
            "mimiry.sessions.settle-after-logs", "1s",
            "mimiry.sessions.absence-gap", "500ms",
            "mimiry.sessions.absence-age", "1s",
            "mimiry.volumes.absence-gap", "500ms",
            "mimiry.volumes.absence-age", "1s");

    private static @Nullable MimiryServer shared;
    private static @Nullable MimiryServer asShipped;

    private final Path data;
    private final Map<String, String> config;
    private final int httpPort = FreePort.any();
    private final int sshPort = FreePort.any();
    private @Nullable Process process;

    private MimiryServer(Path data, Map<String, String> config) {
        this.data = data;
        this.config = config;
    }

    /** One server for all tests of the run that do not hurt it. */
    static synchronized MimiryServer shared() {
        MimiryServer running = shared;
        if (running == null) {
            running = untilTheEnd(QUICK);
            shared = running;
        }
        return running;
    }

    /** One that gives clients as much time to see each state as it does in the field. */
    static synchronized MimiryServer sharedAsShipped() {
        MimiryServer running = asShipped;
        if (running == null) {
            running = untilTheEnd(Map.of());
            asShipped = running;
        }
        return running;
    }

    private static MimiryServer untilTheEnd(Map<String, String> config) {
        MimiryServer server = started(config);
        Runtime.getRuntime().addShutdownHook(new Thread(server::close));
        return server;
    }

    /** A server of the caller's own. */
    static MimiryServer start(Map<String, String> config) {
        Map<String, String> all = new HashMap<>(QUICK);
        all.putAll(config);
        return started(all);
    }

    private static MimiryServer started(Map<String, String> config) {
        try {
            Path data = Files.createTempDirectory(
                    Path.of("/var/tmp"),
                    "mimiry-it-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
            MimiryServer server = new MimiryServer(data, config);
            server.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it (again) on the same data. The first start of a build also trains the start-up cache. */
    void start() {
        begin();
        await().atMost(Duration.ofMinutes(4))
                .pollInterval(Duration.ofMillis(50))
                .until(this::answers);
    }

    /** Starts it without waiting until it answers. */
    void begin() {
        try {
            Map<String, String> keys = new TreeMap<>(config);
            Path file = configFile();
            List<String> lines = new ArrayList<>();
            keys.forEach((key, value) -> lines.add(key + "=" + value));
            Files.write(file, lines);
            process = new ProcessBuilder(
                            Commands.repository().resolve("mimiry").toString(),
                            "serve",
                            "--data",
                            data.toString(),
                            "--http-port",
                            Integer.toString(httpPort),
                            "--ssh-port",
                            Integer.toString(sshPort),
                            "--config",
                            file.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            data.resolve("server.log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() {
        Process running = process;
        if (running != null && !running.isAlive()) {
            throw new AssertionError("the server ended with " + running.exitValue() + ":\n" + log());
        }
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create(base() + "/health"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException _) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The whole process group's worst: nothing is cleaned up. */
    void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            running.onExit().join();
        }
    }

    void stop() {
        Process running = process;
        if (running != null) {
            running.destroy();
            try {
                if (!running.waitFor(30, TimeUnit.SECONDS)) {
                    throw new AssertionError("the server did not stop within 30 s:\n" + log());
                }
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    Process process() {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running;
    }

    /** A new user with a fresh key and so many euros. */
    TestUser user(String euros) {
        return TestUser.create(this, euros);
    }

    /** The same, and this one may do what operators may. */
    TestUser operator(String euros) {
        TestUser operator = user(euros);
        adminInProcess("user", "operator", operator.email());
        return operator;
    }

    /** What a test needs of the operator's commands, and does not test. */
    void adminInProcess(String... arguments) {
        AdminInProcess.run(data, configFile(), arguments);
    }

    Commands.Result admin(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Commands.repository().resolve("mimiry").toString());
        command.add("admin");
        command.addAll(List.of(arguments));
        command.add("--data");
        command.add(data.toString());
        command.add("--config");
        command.add(configFile().toString());
        return Commands.run(command, Map.of(), java.io.InputStream.nullInputStream());
    }

    private Path configFile() {
        return data.resolve("test.properties");
    }

    String base() {
        return "http://127.0.0.1:" + httpPort;
    }

    int httpPort() {
        return httpPort;
    }

    int sshPort() {
        return sshPort;
    }

    Path data() {
        return data;
    }

    String log() {
        try {
            List<String> lines = Files.readAllLines(data.resolve("server.log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        stop();
        Commands.run("rm", "-rf", data.toString());
    }
}
