package com.mimiry.launch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Asks the container engine on this machine who it is and how much room it has. */
final class DockerCheck {
    private static final int PATIENCE_SECONDS = 5;
    private static final long GIB = 1L << 30;
    private static final String INSTALL =
            "apt-get install docker.io, then start it (systemctl start docker, or service docker start).";

    private DockerCheck() {}

    static Stream<Finding> examine(Settings settings) {
        Path socket = Path.of(
                settings.get("DOCKER_HOST", "unix:///var/run/docker.sock").replaceFirst("^unix://", ""));
        if (!Files.exists(socket)) {
            return Stream.of(Finding.fail("Docker", "There is no " + socket, INSTALL));
        }
        try {
            JsonNode version = ask(socket, "/version");
            JsonNode info = ask(socket, "/info");
            String detail = version.path("Version").asText() + ", API "
                    + version.path("ApiVersion").asText() + ", at " + socket;
            return Stream.of(
                    Finding.ok("Docker", detail),
                    storage(Path.of(info.path("DockerRootDir").asText("/"))));
        } catch (IOException e) {
            return Stream.of(Finding.fail("Docker", socket + " does not answer (" + e.getMessage() + ")", INSTALL));
        }
    }

    private static Finding storage(Path root) throws IOException {
        if (!Files.exists(root)) {
            return Finding.ok("Docker storage", root + " is not visible from here");
        }
        long free = Files.getFileStore(root).getUsableSpace();
        String detail = free / GIB + " GiB free at " + root;
        return free < 5 * GIB
                ? Finding.warn("Docker storage", detail, "Free some: docker system prune, or a larger disk.")
                : Finding.ok("Docker storage", detail);
    }

    private static JsonNode ask(Path socket, String path) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(() -> exchange(channel, socket, path));
            String text = new String(answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS), StandardCharsets.UTF_8);
            int body = text.indexOf("\r\n\r\n");
            if (!text.startsWith("HTTP/1.0 200") || body < 0) {
                throw new IOException(text.lines().findFirst().orElse("no answer"));
            }
            return new ObjectMapper().readTree(text.substring(body));
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** HTTP/1.0: the answer comes unchunked and ends with the connection. */
    private static byte[] exchange(SocketChannel channel, Path socket, String path) {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(("GET " + path + " HTTP/1.0\r\n\r\n").getBytes(StandardCharsets.US_ASCII)));
            return Channels.newInputStream(channel).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
