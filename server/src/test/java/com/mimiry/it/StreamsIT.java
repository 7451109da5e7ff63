package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Following a session with {@code curl -N}, and reading its log in pieces. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StreamsIT {
    private static final String SESSIONS = "/api/compute/v1/sessions/";
    private static final int LINES = 5;
    private static final int PATIENCE_S = 60;

    private final MimiryServer server = MimiryServer.shared();
    private final TestUser user = server.user("100");
    private String ended;

    @BeforeAll
    void run_a_session_to_its_end() {
        ended = user.create("\"command\":\"for i in $(seq 1 " + LINES + "); do echo line-$i; done\"");
        user.awaitState(ended, "terminated");
    }

    private record Message(@Nullable String id, String event, String data) {}

    /** A {@code curl} that reads server-sent events. */
    private final class Curl implements AutoCloseable {
        private static final String CLOSED = "closed";
        private final Process process;
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private boolean closed;

        Curl(String path, String... headers) {
            List<String> command = new ArrayList<>(
                    List.of("curl", "-sNf", "-H", "Authorization: Bearer " + user.token(), server.base() + path));
            for (String header : headers) {
                command.add("-H");
                command.add(header);
            }
            try {
                process = new ProcessBuilder(command).start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            Thread.ofVirtual().start(this::read);
        }

        private void read() {
            try (BufferedReader reader =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                reader.lines().forEach(lines::add);
            } catch (IOException | UncheckedIOException e) {
                lines.add("broken: " + e);
            }
            lines.add(CLOSED);
        }

        /** The next message; null at the end of the stream. */
        @Nullable Message next() {
            String id = null;
            String event = "message";
            StringBuilder data = new StringBuilder();
            while (!closed) {
                String line = line();
                if (line.equals(CLOSED)) {
                    closed = true;
                } else if (line.startsWith("id: ")) {
                    id = line.substring(4);
                } else if (line.startsWith("event: ")) {
                    event = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data.append(line.substring(6));
                } else if (line.isEmpty() && !data.isEmpty()) {
                    return new Message(id, event, data.toString());
                }
            }
            return null;
        }

        private String line() {
            try {
                String line = lines.poll(PATIENCE_S, TimeUnit.SECONDS);
                if (line == null) {
                    throw new AssertionError("nothing came for " + PATIENCE_S + " s\n" + server.log());
                }
                return line;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        /** All that comes until the server closes the stream, which curl must find in order. */
        List<Message> rest() {
            List<Message> all = new ArrayList<>();
            for (Message message = next(); message != null; message = next()) {
                all.add(message);
            }
            try {
                assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            assertThat(process.exitValue()).isZero();
            return all;
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private static List<Message> logged(List<Message> messages) {
        return messages.stream()
                .filter(message ->
                        message.event().equals("log") && message.data().contains("line-"))
                .toList();
    }

    private static List<String> numbers(List<String> lines) {
        return lines.stream()
                .filter(line -> line.contains("line-"))
                .map(line -> line.substring(line.indexOf("line-") + 5))
                .toList();
    }

    private static List<String> data(List<Message> messages) {
        return messages.stream().map(Message::data).toList();
    }

    private List<Message> follow(String path, String... headers) {
        try (Curl curl = new Curl(path, headers)) {
            return curl.rest();
        }
    }

    private static Message first(Curl curl, Predicate<Message> wanted) {
        for (Message message = curl.next(); message != null; message = curl.next()) {
            if (wanted.test(message)) {
                return message;
            }
        }
        throw new AssertionError("the stream ended without it");
    }

    @Test
    void log_lines_arrive_while_the_session_runs_and_the_stream_closes_with_it() {
        String id = user.create("\"command\":\"echo line-1; sleep 4; echo line-2\"");
        try (Curl curl = new Curl(SESSIONS + id + "/logs/stream")) {
            Message line = first(curl, message -> message.data().contains("line-1"));
            assertThat(user.session(id).get("ended_at").isNull()).isTrue();
            assertThat(line.event()).isEqualTo("log");
            assertThat(line.data()).isEqualTo(line.id() + " line-1");
            List<Message> rest = curl.rest();
            assertThat(numbers(data(rest))).containsExactly("2");
            assertThat(rest.getLast().event()).isEqualTo("end");
        }
        user.awaitState(id, "terminated");
    }

    @Test
    void a_log_stream_goes_on_after_the_last_line_that_the_client_has() {
        List<Message> all = logged(follow(SESSIONS + ended + "/logs/stream"));
        assertThat(numbers(data(all))).containsExactly("1", "2", "3", "4", "5");
        String third = all.get(2).id();
        assertThat(numbers(data(follow(SESSIONS + ended + "/logs/stream", "Last-Event-ID: " + third))))
                .containsExactly("4", "5");
        assertThat(numbers(data(follow(SESSIONS + ended + "/logs/stream?since=" + third))))
                .containsExactly("4", "5");
        assertThat(data(logged(follow(SESSIONS + ended + "/logs/stream?timestamps=false"))))
                .first()
                .isEqualTo("line-1");
    }

    @Test
    void events_arrive_while_the_session_runs_and_go_on_after_the_last_that_the_client_has() {
        String id = user.create("\"command\":\"sleep 3\"");
        List<Message> all = new ArrayList<>();
        try (Curl curl = new Curl(SESSIONS + id + "/events/stream")) {
            first(curl, message -> message.event().equals("session"));
            assertThat(user.session(id).get("ended_at").isNull()).isTrue();
            all.addAll(curl.rest());
        }
        assertThat(all.getLast().event()).isEqualTo("end");
        Message last = all.stream()
                .filter(message -> message.event().equals("session"))
                .toList()
                .getLast();
        assertThat(last.data()).contains("\"state\":\"terminated\"");
        List<Message> repeated = events(follow(SESSIONS + id + "/events/stream"));
        assertThat(repeated).extracting(Message::id).doesNotHaveDuplicates();
        String middle = String.valueOf(repeated.get(2).id());
        assertThat(events(follow(SESSIONS + id + "/events/stream", "Last-Event-ID: " + middle)))
                .isEqualTo(repeated.subList(3, repeated.size()));
        JsonNode shown = user.session(id).get("events");
        assertThat(repeated).hasSameSizeAs(shown);
    }

    private static List<Message> events(List<Message> messages) {
        return messages.stream()
                .filter(message -> message.event().equals("event"))
                .toList();
    }

    @Test
    void a_session_that_never_ran_has_no_log_to_follow() {
        String id = user.post(
                        "/api/compute/v1/sessions",
                        "{\"name\":\"x\",\"image\":{\"uri\":\"127.0.0.1:9/none/none:1\"},\"gpu\":{\"types\":[\"T4\"]}}")
                .expect(202)
                .json()
                .get("id")
                .asText();
        user.awaitSession(id, session -> !session.get("terminated_at").isNull());
        for (String path : List.of("/logs", "/logs/stream")) {
            TestUser.Reply refused = user.get(SESSIONS + id + path).expect(409);
            assertThat(refused.json().get("error").asText()).isEqualTo("invalid_state");
        }
        assertThat(follow(SESSIONS + id + "/events/stream").getLast().event()).isEqualTo("end");
        user.end(id).expect(202);
        user.awaitState(id, "terminated");
        user.get(SESSIONS + id + "/logs/stream").expect(409);
    }

    @Test
    void a_log_is_read_in_pieces() {
        List<String> all = user.logs(ended, "").lines().toList();
        assertThat(numbers(all)).containsExactly("1", "2", "3", "4", "5");
        List<String> stamps = all.stream().map(line -> line.split(" ", 2)[0]).toList();
        assertThat(stamps).isSorted().doesNotHaveDuplicates();
        assertThat(stamps.stream().mapToInt(String::length).distinct().count()).isOne();
        String third = all.stream()
                .filter(line -> line.endsWith("line-3"))
                .toList()
                .getFirst()
                .split(" ", 2)[0];
        assertThat(numbers(user.logs(ended, "?since=" + third).lines().toList()))
                .containsExactly("4", "5");
        assertThat(user.logs(ended, "?since=" + stamps.getLast())).isEmpty();
        assertThat(user.logs(ended, "?tail=2").lines()).hasSize(2);
        assertThat(user.logs(ended, "?tail=0")).isEmpty();
        assertThat(user.logs(ended, "?tail=9999999").lines()).hasSameSizeAs(all);
        assertThat(user.logs(ended, "?timestamps=false").lines().toList()).contains("line-1", "line-5");
    }

    @Test
    void a_bad_question_is_refused_by_name() {
        assertThat(user.get(SESSIONS + ended + "/logs?tail=-1").expect(422).text())
                .contains("tail");
        assertThat(user.get(SESSIONS + ended + "/logs?tail=some").expect(422).text())
                .contains("tail");
        assertThat(user.get(SESSIONS + ended + "/logs?since=yesterday")
                        .expect(422)
                        .text())
                .contains("since");
        assertThat(user.get(SESSIONS + ended + "/logs?timestamps=maybe")
                        .expect(422)
                        .text())
                .contains("timestamps");
        user.get(SESSIONS + ended + "/logs/stream?since=yesterday").expect(422);
    }
}
