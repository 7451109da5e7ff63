package com.mimiry.it;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Runs programs and waits for their end. */
final class Commands {
    private static final int LIMIT_S = 120;

    private Commands() {}

    static final class Result {
        private final int exitCode;
        private final byte[] stdout;
        private final String stderr;

        Result(int exitCode, byte[] stdout, String stderr) {
            this.exitCode = exitCode;
            this.stdout = stdout;
            this.stderr = stderr;
        }

        int exitCode() {
            return exitCode;
        }

        byte[] stdout() {
            return stdout;
        }

        String text() {
            return new String(stdout, StandardCharsets.UTF_8);
        }

        String stderr() {
            return stderr;
        }

        Result orFail() {
            if (exitCode != 0) {
                throw new AssertionError("exit code " + exitCode + "\n" + text() + stderr);
            }
            return this;
        }
    }

    static Result run(String... command) {
        return run(List.of(command), Map.of(), InputStream.nullInputStream());
    }

    static Result run(List<String> command, Map<String, String> environment, InputStream stdin) {
        try {
            ProcessBuilder builder = new ProcessBuilder(command);
            builder.environment().putAll(environment);
            builder.directory(repository().toFile());
            Process process = builder.start();
            ByteArrayOutputStream stderr = new ByteArrayOutputStream();
            ByteArrayOutputStream stdout = new ByteArrayOutputStream();
            Thread errors = Thread.ofVirtual().start(() -> copy(process.getErrorStream(), stderr));
            Thread output = Thread.ofVirtual().start(() -> copy(process.getInputStream(), stdout));
            Thread input = Thread.ofVirtual().start(() -> {
                try (var sink = process.getOutputStream()) {
                    stdin.transferTo(sink);
                } catch (IOException _) {
                    // The program did not want all of it.
                }
            });
            if (!process.waitFor(LIMIT_S, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("took longer than " + LIMIT_S + " s: " + String.join(" ", command));
            }
            output.join(TimeUnit.SECONDS.toMillis(5));
            errors.join(TimeUnit.SECONDS.toMillis(5));
            input.interrupt();
            return new Result(process.exitValue(), stdout.toByteArray(), stderr.toString(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void copy(InputStream from, ByteArrayOutputStream to) {
        try {
            from.transferTo(to);
        } catch (IOException _) {
            // The program was killed.
        }
    }

    /** The repository's root: tests run in {@code server/}. */
    static Path repository() {
        return Objects.requireNonNull(Path.of("").toAbsolutePath().getParent());
    }
}
