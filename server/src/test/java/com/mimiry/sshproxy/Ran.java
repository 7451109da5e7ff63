package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What a command left behind. */
record Ran(int exitCode, String text, String errors) {
    /** Runs a command to its end, at most two minutes. */
    static Ran command(List<String> command, byte[] input) {
        try {
            Path in = Files.createTempFile("ssh-test", ".in");
            Path out = Files.createTempFile("ssh-test", ".out");
            Path err = Files.createTempFile("ssh-test", ".err");
            try {
                Files.write(in, input);
                Process process = start(command, in, out, err);
                if (!process.waitFor(120, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
                return new Ran(
                        process.waitFor(),
                        Files.readString(out, StandardCharsets.UTF_8),
                        Files.readString(err, StandardCharsets.UTF_8));
            } finally {
                Files.delete(in);
                Files.delete(out);
                Files.delete(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts a command without any agent of the person who runs the tests. */
    static Process start(List<String> command, Path in, Path out, Path err) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(in.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().remove("SSH_AUTH_SOCK");
        return builder.start();
    }

    Ran expect(int code) {
        assertThat(exitCode).as("%s%s", text, errors).isEqualTo(code);
        return this;
    }
}
