package com.mimiry.containers;

import com.mimiry.platform.FreePort;
import com.mimiry.platform.Secret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A real sshd of a test's own on a loopback address, as on a machine of a fleet. */
public final class SshMachine implements AutoCloseable {
    private final Path folder;
    private final String host;
    private final int port;
    private @Nullable Process sshd;

    private SshMachine(Path folder, String host, int port) {
        this.folder = folder;
        this.host = host;
        this.port = port;
    }

    /** @param host such as {@code 127.7.0.1} @param clientKey who may log in, as in authorized_keys */
    public static SshMachine start(String host, String clientKey) {
        try {
            Path folder = Files.createTempDirectory(Path.of("/var/tmp"), "mimiry-sshd-");
            SshMachine machine = new SshMachine(folder, host, FreePort.on(host));
            Files.writeString(folder.resolve("authorized"), clientKey + "\n");
            machine.newHostKey();
            machine.startAgain();
            return machine;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As if the machine had been installed anew. */
    public void newHostKey() {
        try {
            Files.deleteIfExists(folder.resolve("key"));
            Files.deleteIfExists(folder.resolve("key.pub"));
            Files.deleteIfExists(folder.resolve("ecdsa"));
            Files.deleteIfExists(folder.resolve("ecdsa.pub"));
            run(
                    "ssh-keygen",
                    "-q",
                    "-t",
                    "ed25519",
                    "-N",
                    "",
                    "-f",
                    folder.resolve("key").toString());
            run(
                    "ssh-keygen",
                    "-q",
                    "-t",
                    "ecdsa",
                    "-N",
                    "",
                    "-f",
                    folder.resolve("ecdsa").toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its Ed25519 key, as in known_hosts; it has an ECDSA key too, which is pinned nowhere. */
    public String hostKey() {
        try {
            String[] parts = Files.readString(folder.resolve("key.pub")).split(" ");
            return parts[0] + " " + parts[1].strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public EngineAddress address() {
        return EngineAddress.of("ssh://" + System.getProperty("user.name") + "@" + host + ":" + port);
    }

    public Optional<SshAccess.Login> login(Secret privateKey) {
        return Optional.of(new SshAccess.Login(List.of(hostKey()), List.of(privateKey)));
    }

    public void startAgain() {
        try {
            Files.createDirectories(Path.of("/run/sshd"));
            sshd = new ProcessBuilder(
                            "/usr/sbin/sshd",
                            "-D",
                            "-e",
                            "-f",
                            "/dev/null",
                            "-o",
                            "ListenAddress=" + host + ":" + port,
                            "-o",
                            "HostKey=" + folder.resolve("key"),
                            "-o",
                            "HostKey=" + folder.resolve("ecdsa"),
                            "-o",
                            "AuthorizedKeysFile=" + folder.resolve("authorized"),
                            "-o",
                            "StrictModes=no",
                            "-o",
                            "UsePAM=no",
                            "-o",
                            "PidFile=none")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            folder.resolve("log").toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        for (int i = 0; i < 500; i++) {
            try {
                new Socket(host, port).close();
                return;
            } catch (IOException _) {
                Pauses.millis(20);
            }
        }
        throw new AssertionError("sshd does not listen");
    }

    /** How many clients are connected. */
    int connections() {
        Process running = sshd;
        return running == null ? 0 : (int) running.children().count();
    }

    /** Cuts every connection at once, as a reboot does; nobody listens afterwards. */
    public void stop() {
        Process running = sshd;
        if (running != null) {
            List<ProcessHandle> all = running.descendants().toList();
            running.destroyForcibly().onExit().join();
            all.forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** Keeps all connections open and answers nothing, as behind a network that drops everything. */
    public void freeze(boolean frozen) {
        Process running = sshd;
        if (running != null && running.isAlive()) {
            String signal = frozen ? "-STOP" : "-CONT";
            running.descendants().forEach(child -> signal(child, signal));
            signal(running.toHandle(), signal);
        }
    }

    /** A connection may end while its process is being told something. */
    private static void signal(ProcessHandle process, String signal) {
        try {
            run("kill", signal, Long.toString(process.pid()));
        } catch (AssertionError e) {
            if (process.isAlive()) {
                throw e;
            }
        }
    }

    private static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(String.join(" ", command) + " failed");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        stop();
        run("rm", "-rf", folder.toString());
    }
}
