package com.mimiry.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Looks at everything on this machine that the server or its command line needs. */
final class Doctor {
    private static final long GIB = 1L << 30;
    private static final Instant NOT_EARLIER_THAN = Instant.parse("2026-01-01T00:00:00Z");
    /** A sign-in is refused when the two clocks are further apart. */
    private static final Duration SIGN_IN_TOLERANCE = Duration.ofMinutes(5);

    private final Settings settings;
    private final Path data;
    private final Clock clock;

    Doctor(Settings settings, Path data, Clock clock) {
        this.settings = settings;
        this.data = data.toAbsolutePath().normalize();
        this.clock = clock;
    }

    List<Finding> examine() {
        return Stream.of(
                        Stream.of(java()),
                        DockerCheck.examine(settings),
                        Stream.of(dataDirectory(), diskSpace(), httpPort(), sshPort(), time()),
                        Stream.of(tool("setpriv", "util-linux", true, "the embedded PostgreSQL runs without rights")),
                        Stream.of("ssh-keygen", "ssh")
                                .map(name -> tool(name, "openssh-client", false, "the command line")),
                        Stream.of("curl", "jq", "openssl").map(name -> tool(name, name, false, "the command line")),
                        Stream.of(gpu()))
                .flatMap(findings -> findings)
                .toList();
    }

    private static Finding java() {
        int feature = Runtime.version().feature();
        String detail = Runtime.version() + " (" + System.getProperty("java.home") + ")";
        return feature == 25
                ? Finding.ok("Java", detail)
                : Finding.fail("Java", detail, "Install a JDK 25 and point JAVA_HOME at it.");
    }

    private Finding dataDirectory() {
        Path existing = data;
        while (!Files.exists(existing)) {
            Path parent = existing.getParent();
            if (parent == null) {
                break;
            }
            existing = parent;
        }
        Optional<RunningServer> running = RunningServer.in(data);
        if (running.isPresent()) {
            return Finding.ok(
                    "Data directory",
                    data + ", in use by the server " + running.get().pid());
        }
        return Files.isDirectory(existing) && Files.isWritable(existing)
                ? Finding.ok("Data directory", data + (existing.equals(data) ? "" : " (will be made)"))
                : Finding.fail("Data directory", existing + " is not writable", "Choose another with --data DIR.");
    }

    private Finding diskSpace() {
        Path existing = data;
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        try {
            long free = Files.getFileStore(existing).getUsableSpace();
            String detail = free / GIB + " GiB free at " + existing;
            if (free < GIB) {
                return Finding.fail("Disk", detail, "Free some space: the database needs at least 1 GiB.");
            }
            return free < 10 * GIB
                    ? Finding.warn("Disk", detail, "Container images are large: have 10 GiB or more.")
                    : Finding.ok("Disk", detail);
        } catch (IOException e) {
            return Finding.warn("Disk", "The free space at " + existing + " cannot be read (" + e + ").", "");
        }
    }

    private Finding httpPort() {
        String host = settings.get("mimiry.http.host", "127.0.0.1");
        int port = settings.port("mimiry.http.port", 8080);
        Optional<RunningServer> running = RunningServer.in(data);
        if (running.isPresent() && running.get().api().endsWith(":" + port)) {
            return Finding.ok("HTTP port", port + ", in use by our server");
        }
        return Ports.isFree(host, port)
                ? Finding.ok("HTTP port", port + " on " + host + " is free")
                : Finding.fail(
                        "HTTP port",
                        port + " on " + host + " is in use",
                        "Stop what uses it, or choose another with --http-port N.");
    }

    private Finding sshPort() {
        Optional<RunningServer> running = RunningServer.in(data);
        if (running.isPresent()) {
            return Finding.ok("SSH port", running.get().sshPort() + ", in use by our server");
        }
        String host = settings.get("mimiry.ssh.host", "0.0.0.0");
        int port = settings.port("mimiry.ssh.port", Ports.forSsh(host));
        if (!Ports.isFree(host, port)) {
            return Finding.fail("SSH port", port + " on " + host + " is in use", "Choose another with --ssh-port N.");
        }
        return port == 22
                ? Finding.ok("SSH port", "22 on " + host + " is free")
                : Finding.ok("SSH port", port + " on " + host + " is free (22 is not, or is not ours to take)");
    }

    private Finding time() {
        Instant now = clock.instant();
        if (now.isBefore(NOT_EARLIER_THAN)) {
            return Finding.fail("Clock", "It says " + now, "Set the clock; sign-in refuses what is 300 s off.");
        }
        return TimeServer.offset(clock)
                .map(offset -> offset.abs().compareTo(SIGN_IN_TOLERANCE.dividedBy(10)) > 0
                        ? Finding.fail(
                                "Clock",
                                "It is off by " + offset.toSeconds() + " s",
                                "Run a time service (apt-get install systemd-timesyncd or chrony).")
                        : Finding.ok(
                                "Clock",
                                now + ", within " + Math.max(1, offset.abs().toSeconds()) + " s"))
                .orElseGet(() -> Finding.ok("Clock", now + " (no time server answers, so not compared)"));
    }

    private static Finding tool(String name, String debianPackage, boolean needed, String purpose) {
        Optional<Path> found = Stream.of(Optional.ofNullable(System.getenv("PATH"))
                        .orElse("/usr/bin:/bin")
                        .split(":", -1))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
        if (found.isPresent()) {
            return Finding.ok(name, found.get().toString());
        }
        String fix = "apt-get install " + debianPackage;
        return needed
                ? Finding.fail(name, "missing, and " + purpose + " with it", fix)
                : Finding.warn(name, "missing; " + purpose + " needs it", fix);
    }

    private static Finding gpu() {
        try {
            Process process = new ProcessBuilder("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader")
                    .redirectErrorStream(true)
                    .start();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return Finding.warn("GPU", "nvidia-smi does not answer", "Look at dmesg; the driver may hang.");
            }
            List<String> lines = process.inputReader().lines().toList();
            return process.exitValue() == 0
                    ? Finding.ok("GPU", lines.size() + ": " + String.join("; ", lines))
                    : Finding.warn("GPU", String.join(" ", lines), "Install the NVIDIA driver that fits the kernel.");
        } catch (IOException e) {
            return Finding.ok("GPU", "none here (no nvidia-smi); GPUs may be declared in the configuration");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Finding.warn("GPU", "interrupted while asking nvidia-smi", "");
        }
    }
}
