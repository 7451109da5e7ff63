package com.mimiry.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A container engine of a test's own, with its own containerd and containers: it may be hurt. */
final class PrivateDocker implements AutoCloseable {
    private final Path folder;
    private @Nullable Process namespace;

    private PrivateDocker(Path folder) {
        this.folder = folder;
    }

    static PrivateDocker start() {
        try {
            PrivateDocker docker = new PrivateDocker(Files.createTempDirectory(Path.of("/var/tmp"), "mimiry-dockerd-"));
            docker.startAgain();
            return docker;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String uri() {
        return "unix://" + folder.resolve("docker.sock");
    }

    /**
     * In namespaces of its own: its bridges and firewall rules are not those of the machine's own engine, and everything
     * in it ends with its first process.
     */
    void startAgain() {
        try {
            namespace = new ProcessBuilder(
                            "unshare",
                            "--net",
                            "--pid",
                            "--mount-proc",
                            "--fork",
                            "sh",
                            "-c",
                            "ip link set lo up; exec dockerd --data-root \"$1/data\" --exec-root \"$1/exec\" --pidfile \"$1/pid\" -H \"$2\"",
                            "sh",
                            folder.toString(),
                            uri())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        await().atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(200))
                .until(() -> docker("version").exitCode() == 0);
    }

    Commands.Result docker(String... arguments) {
        List<String> line = new ArrayList<>(List.of("docker", "-H", uri()));
        line.addAll(List.of(arguments));
        return Commands.run(line, Map.of(), InputStream.nullInputStream());
    }

    /** Brings the test image over from the machine's own engine. */
    void load(String image) {
        Commands.run("sh", "-c", "docker save \"$1\" | docker -H \"$2\" load", "sh", image, uri())
                .orFail();
    }

    /** As an operator restarts it: every container is stopped. */
    void stop() {
        ProcessHandle daemon = daemon();
        if (daemon != null) {
            daemon.destroy();
            awaitEnd();
        }
    }

    /** The daemon is there and answers nothing, as on a host that swaps itself to death. */
    void freeze(boolean frozen) {
        ProcessHandle daemon = daemon();
        if (daemon != null) {
            Commands.run("kill", frozen ? "-STOP" : "-CONT", Long.toString(daemon.pid()))
                    .orFail();
        }
    }

    /** Daemon, containerd, shims and containers die at once, and what lies in memory is lost. */
    void cutPower() {
        ProcessHandle daemon = daemon();
        if (daemon != null) {
            daemon.destroyForcibly();
            awaitEnd();
        }
        Commands.run(
                "rm",
                "-rf",
                folder.resolve("exec").toString(),
                folder.resolve("docker.sock").toString(),
                folder.resolve("pid").toString());
    }

    private @Nullable ProcessHandle daemon() {
        Process running = namespace;
        return running == null ? null : running.children().findFirst().orElse(null);
    }

    private void awaitEnd() {
        Process running = namespace;
        try {
            if (running != null && !running.waitFor(30, TimeUnit.SECONDS)) {
                throw new AssertionError("dockerd did not end");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        freeze(false);
        cutPower();
        Commands.run("rm", "-rf", folder.toString());
    }
}
