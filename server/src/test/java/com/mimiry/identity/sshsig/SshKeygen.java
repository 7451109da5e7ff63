package com.mimiry.identity.sshsig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The real ssh-keygen, as clients use it. */
public final class SshKeygen {
    private final Path directory;

    public SshKeygen(Path directory) {
        this.directory = directory;
    }

    /** @return the private key's file */
    public Path generate(String name, String... options) {
        Path file = directory.resolve(name);
        List<String> command = new ArrayList<>(List.of("-q", "-N", "", "-C", "a comment", "-f", file.toString()));
        command.addAll(List.of(options));
        run(command);
        return file;
    }

    public static String publicLine(Path key) {
        try {
            return Files.readString(key.resolveSibling(key.getFileName() + ".pub"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The armored signature over a message. */
    public byte[] sign(Path key, String namespace, byte[] message, String... options) {
        try {
            Path file = Files.createTempFile(directory, "message", "");
            Files.write(file, message);
            List<String> command = new ArrayList<>(List.of("-Y", "sign", "-f", key.toString(), "-n", namespace));
            command.addAll(List.of(options));
            command.add(file.toString());
            run(command);
            return Files.readAllBytes(file.resolveSibling(file.getFileName() + ".sig"));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @return standard output */
    public String run(List<String> arguments) {
        try {
            List<String> command = new ArrayList<>(List.of("ssh-keygen"));
            command.addAll(arguments);
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectError(directory.resolve("stderr").toFile())
                    .start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IllegalStateException(command + ": " + Files.readString(directory.resolve("stderr")));
            }
            return out;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
