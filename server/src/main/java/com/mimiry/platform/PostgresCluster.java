package com.mimiry.platform;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The files of one embedded database: made once, guarded by a password, never opened by two servers. */
final class PostgresCluster {
    static final String USER = "mimiry";
    static final String DATABASE = "mimiry";
    private static final Duration LEFTOVER_PATIENCE = Duration.ofSeconds(30);
    private static final Duration LEFTOVER_GRACE = Duration.ofSeconds(1);
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path dataDirectory;
    private final Path files;
    private final PostgresBinaries binaries;
    private final PostgresAccount account;

    PostgresCluster(Path dataDirectory, PostgresBinaries binaries, PostgresAccount account) {
        this.dataDirectory = dataDirectory;
        this.files = dataDirectory.resolve("postgres");
        this.binaries = binaries;
        this.account = account;
    }

    Path files() {
        return files;
    }

    /** Shown in the titles of all of this cluster's processes, so that leftovers of it can be told from others. */
    String name() {
        return "mimiry-"
                + Integer.toHexString(files.toAbsolutePath().normalize().hashCode());
    }

    /** Reads the password, making the cluster first where there is none. A crash half-way leaves nothing half-made. */
    Secret open() {
        account.mustReach(dataDirectory);
        try {
            Secret password = password();
            if (!Files.exists(files)) {
                create(password);
            }
            return password;
        } catch (IOException e) {
            throw new StartFailure(
                    "Cannot make a database in " + dataDirectory + " (" + StartFailure.reason(e) + ").", e);
        }
    }

    private Secret password() throws IOException {
        Path file = passwordFile(dataDirectory);
        if (!Files.exists(file)) {
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            Path fresh = Files.createTempFile(dataDirectory, "password", "", OWNER_ONLY_FILE);
            Files.writeString(fresh, Base64.getUrlEncoder().encodeToString(random));
            Files.move(fresh, file);
        }
        return new Secret(Files.readString(file).strip());
    }

    static Path passwordFile(Path dataDirectory) {
        return dataDirectory.resolve("postgres.password");
    }

    private void create(Secret password) throws IOException {
        Path fresh = dataDirectory.resolve("postgres.new");
        PostgresBinaries.deleteTree(fresh);
        Files.createDirectory(fresh, OWNER_ONLY_DIRECTORY);
        Path passwordForInit = Files.createFile(fresh.resolve("password"), OWNER_ONLY_FILE);
        Files.writeString(passwordForInit, password.reveal());
        account.give(passwordForInit);
        account.give(fresh);
        String cluster = fresh.resolve("cluster").toString();
        runToEnd(
                "",
                binaries.program("initdb"),
                "--pgdata=" + cluster,
                "--username=" + USER,
                "--pwfile=" + passwordForInit,
                "--auth=scram-sha-256",
                // The password is random: stretching it would only make every connection slower.
                "--set=scram_iterations=1",
                "--encoding=UTF8",
                "--locale=C",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8");
        runToEnd(
                "CREATE DATABASE " + DATABASE + "\n",
                binaries.program("postgres"),
                "--single",
                "-D",
                cluster,
                "postgres");
        Files.move(Path.of(cluster), files);
        PostgresBinaries.deleteTree(fresh);
    }

    private void runToEnd(String input, String... program) throws IOException {
        Process process = process(program).start();
        try {
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new StartFailure("PostgreSQL could not make its files in " + dataDirectory + ": "
                        + output.strip().replace('\n', ' '));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("Interrupted while making the database.", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /** A program under the cluster's account, with an environment of its own and one stream for all output. */
    ProcessBuilder process(String... program) {
        ProcessBuilder builder = new ProcessBuilder(account.command(program));
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("PATH", "/usr/bin:/bin");
        return builder.directory(Path.of("/").toFile()).redirectErrorStream(true);
    }

    /**
     * Waits until no process of an earlier run holds the files, asking it to stop if it does not by itself, and then
     * removes its lock file: a dead postmaster whose parent never collects it would otherwise look alive for ever. Without
     * that file the last one stopped in good order, and nothing is looked for.
     *
     * @throws StartFailure when an earlier process does not go away
     */
    void awaitNoLeftovers() {
        if (!Files.exists(files.resolve("postmaster.pid"))) {
            return;
        }
        long began = System.nanoTime();
        boolean asked = false;
        for (List<Long> alive = leftovers(); !alive.isEmpty(); alive = leftovers()) {
            Duration waited = Duration.ofNanos(System.nanoTime() - began);
            if (waited.compareTo(LEFTOVER_PATIENCE) > 0) {
                throw new StartFailure("An earlier PostgreSQL still uses " + files + " (processes " + alive
                        + "): stop it, then start again.");
            }
            if (!asked && waited.compareTo(LEFTOVER_GRACE) > 0) {
                asked = true;
                postmaster().filter(alive::contains).ifPresent(PostgresCluster::interrupt);
            }
            pause();
        }
        try {
            Files.deleteIfExists(files.resolve("postmaster.pid"));
        } catch (IOException e) {
            throw new StartFailure("Cannot write to " + files + " (" + StartFailure.reason(e) + ").", e);
        }
    }

    private Optional<Long> postmaster() {
        try (Stream<String> lines = Files.lines(files.resolve("postmaster.pid"))) {
            return lines.findFirst().map(Long::valueOf);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Live processes whose command line or title carries the cluster's name; a zombie has neither. */
    private List<Long> leftovers() {
        List<Long> found = new ArrayList<>();
        ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .forEach(process -> {
                    try {
                        byte[] line = Files.readAllBytes(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
                        String text = new String(line, StandardCharsets.UTF_8);
                        if (text.contains("cluster_name=" + name()) || text.startsWith("postgres: " + name() + ":")) {
                            found.add(process.pid());
                        }
                    } catch (IOException e) {
                        // It ended while we looked.
                    }
                });
        return found;
    }

    /** PostgreSQL's fast shutdown: ends its clients, writes everything down, stops. Java itself cannot send this signal. */
    static void interrupt(long pid) {
        try {
            new ProcessBuilder("/bin/sh", "-c", "kill -INT \"$0\"", Long.toString(pid))
                    .redirectErrorStream(true)
                    .start()
                    .waitFor(5, TimeUnit.SECONDS);
        } catch (IOException e) {
            throw new StartFailure("Cannot signal process " + pid + " (" + StartFailure.reason(e) + ").", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("Interrupted while waiting for an earlier PostgreSQL to stop.", e);
        }
    }
}
