package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Engines that fail in every way that a socket allows. */
@Timeout(30)
class EngineHttpTest {
    private static final String VERSION = json("{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}");

    @TempDir
    Path directory;

    private ServerSocketChannel listener;
    private ContainerEngine engine;

    @BeforeEach
    void listen() throws IOException {
        Path socket = directory.resolve("engine.sock");
        listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        listener.bind(UnixDomainSocketAddress.of(socket), 1);
        engine = TestEngine.connect(EngineAddress.of("unix://" + socket), Duration.ofMillis(500));
    }

    @AfterEach
    void stop() throws IOException {
        listener.close();
    }

    private static String json(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    /** Answers one connection after the other; null = says nothing and keeps the connection. */
    private void answers(@Nullable String... answers) {
        Thread.ofVirtual().start(() -> {
            for (String answer : answers) {
                try {
                    SocketChannel client = listener.accept();
                    client.read(ByteBuffer.allocate(64 * 1024));
                    if (answer != null) {
                        client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
                        client.close();
                    }
                } catch (IOException e) {
                    return;
                }
            }
        });
    }

    private void assertUnreachable(String words) {
        assertThatThrownBy(() -> engine.list(Map.of()))
                .isInstanceOf(EngineException.Unreachable.class)
                .hasMessageContaining(words);
    }

    @Test
    void one_that_accepts_and_says_nothing_is_given_up() {
        answers((String) null);
        assertUnreachable("in time");
    }

    @Test
    void one_that_does_not_even_accept_is_given_up() {
        for (int i = 0; i < 6; i++) {
            assertThatThrownBy(() -> engine.list(Map.of())).isInstanceOf(EngineException.Unreachable.class);
        }
    }

    @Test
    void one_that_stops_in_the_middle_of_a_body_is_given_up() throws IOException {
        answers(VERSION);
        Thread.ofVirtual().start(() -> {
            try {
                SocketChannel client = listener.accept();
                client.write(ByteBuffer.wrap(
                        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[".getBytes(StandardCharsets.UTF_8)));
                client.read(ByteBuffer.allocate(1));
            } catch (IOException e) {
                return;
            }
        });
        assertThatThrownBy(() -> {
                    engine.list(Map.of());
                    engine.list(Map.of());
                })
                .isInstanceOf(EngineException.Unreachable.class);
    }

    @Test
    void no_socket_is_unreachable() throws IOException {
        stop();
        assertUnreachable("");
        assertThatThrownBy(() -> TestEngine.connect(EngineAddress.of("unix:///nonexistent.sock"), Duration.ofSeconds(1))
                        .info())
                .isInstanceOf(EngineException.Unreachable.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SSH-2.0-OpenSSH_9.2\r\n",
                "\0\0\0\0\0",
                "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1,2,\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<html>no<",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 18\r\n\r\n{\"message\":\"oops\"}",
                ""
            })
    void garbage_is_unreachable_and_not_an_answer(String garbage) {
        answers(VERSION, garbage);
        assertUnreachable("");
    }

    @Test
    void something_else_that_speaks_http_is_no_engine() {
        answers(json("{\"hello\":\"world\"}"));
        assertUnreachable("no Docker-compatible");
    }

    @Test
    void the_list_is_read_through_chunks_and_interim_answers() {
        String body = """
                1
                [
                6;x=y
                {"Name
                29
                s":["/a"],"State":"running","Created":5}]
                0
                X: y

                """.replace("\n", "\r\n");
        answers(VERSION, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
        assertThat(engine.list(Map.of())).singleElement().satisfies(one -> {
            assertThat(one.name()).isEqualTo("a");
            assertThat(one.running()).isTrue();
        });
    }

    @Test
    void refusals_keep_the_engines_words() {
        answers(VERSION, "HTTP/1.1 400 Bad Request\r\nContent-Length: 25\r\n\r\n{\"message\":\"not like this\"}");
        assertThatThrownBy(() -> engine.list(Map.of())).isInstanceOf(EngineException.class);
    }

    @Test
    void a_pull_that_is_cut_off_is_unreachable() {
        answers(VERSION, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n{\"status\":\"Pull\"}\r\n\r\n");
        assertThatThrownBy(() -> engine.pull("busybox", null, progress -> {}))
                .isInstanceOf(EngineException.Unreachable.class);
    }

    @Test
    void a_followed_log_that_is_cut_off_is_unreachable() {
        answers(VERSION, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        assertThatThrownBy(() -> engine.logs("x", null, true, entry -> {}))
                .isInstanceOf(EngineException.Unreachable.class);
    }

    @Test
    void an_engine_that_comes_back_newer_is_asked_again_for_its_version() throws IOException {
        answers(VERSION, "", json("{\"ApiVersion\":\"1.52\",\"MinAPIVersion\":\"1.44\"}"), json("[]"));
        assertUnreachable("");
        assertThat(engine.list(Map.of())).isEmpty();
    }
}
