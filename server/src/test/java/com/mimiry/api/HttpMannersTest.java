package com.mimiry.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpMannersTest {
    private static final ObjectMapper JSON = JsonManners.mapper();

    enum Mode {
        ON_COMPLETE,
        NEVER
    }

    record Inner(@Nullable Integer count, @Nullable List<String> types) {}

    record Body(
            @Nullable String name,
            @Nullable Inner gpu,
            @Nullable Mode mode,
            @Nullable Boolean flag,
            @Nullable Long expiresIn,
            @Nullable Map<String, String> environmentVars) {}

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/me", "/a?b=c%20d&e=%C3%A9", "/%E2%82%AC", "/?", "//a//b", "//", "/a?b=%2520"})
    void sound_targets_pass(String uri) {
        RequestTarget.check(uri);
    }

    @ParameterizedTest
    @CsvSource({
        "/%ff, path",
        "/%, path",
        "/%4, path",
        "/%zz, path",
        "/%00, path",
        "/a?b=%c3%28, query",
        "/a?b=%00, query",
        "/%c0%80, path",
        "/%ed%a0%80, path"
    })
    void broken_encodings_are_refused(String uri, String field) {
        assertRefused(ErrorCode.INVALID_FIELD, field, () -> RequestTarget.check(uri));
    }

    @Test
    void a_long_target_is_refused() {
        assertRefused(ErrorCode.URI_TOO_LONG, null, () -> RequestTarget.check("/" + "a".repeat(8_192)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"name\": 5} | name",
                "{\"name\": true} | name",
                "{\"name\": {}} | name",
                "{\"gpu\": {\"count\": \"1\"}} | gpu.count",
                "{\"gpu\": {\"count\": 1.5}} | gpu.count",
                "{\"gpu\": {\"count\": 99999999999}} | gpu.count",
                "{\"gpu\": {\"types\": [\"T4\", 7]}} | gpu.types[1]",
                "{\"gpu\": {\"types\": \"T4\"}} | gpu.types",
                "{\"gpu\": 3} | gpu",
                "{\"mode\": \"sometimes\"} | mode",
                "{\"flag\": \"true\"} | flag",
                "{\"expires_in\": 99999999999999999999999} | expires_in",
                "{\"environment_vars\": {\"A\": 5}} | environment_vars.A",
                "[] | body",
                "\"x\" | body",
                "5 | body"
            })
    void a_wrong_type_is_a_422_that_names_the_field(String json, String field) {
        JsonProcessingException problem =
                catchThrowableOfType(JsonProcessingException.class, () -> JSON.readValue(json, Body.class));
        ApiException refusal = JsonRefusals.of(problem);
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_FIELD);
        assertThat(refusal.details()).containsEntry("field", field);
        assertThat(refusal.getMessage()).startsWith(field).doesNotContain("com.mimiry");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"a\":}",
                "nonsense",
                "{} {}",
                "{'a': 1}",
                "{\"gpu\": {\"count\": 1}",
                "{\"gpu\": {\"count\": x}}"
            })
    void what_is_no_json_is_a_400_with_the_place(String json) {
        JsonProcessingException problem =
                catchThrowableOfType(JsonProcessingException.class, () -> JSON.readValue(json, Body.class));
        ApiException refusal = JsonRefusals.of(problem);
        assertThat(refusal.code()).isEqualTo(ErrorCode.MALFORMED_JSON);
        assertThat(refusal.details()).containsKeys("line", "column");
        assertThat(refusal.getMessage()).doesNotContain("com.fasterxml").doesNotContain("com.mimiry");
    }

    @Test
    void json_is_read_and_written_as_the_contract_says() throws JsonProcessingException {
        Body body = JSON.readValue("{\"mode\": \"On_Complete\", \"unknown\": 1, \"expires_in\": 5}", Body.class);
        assertThat(body.mode()).isEqualTo(Mode.ON_COMPLETE);
        assertThat(body.expiresIn()).isEqualTo(5);
        assertThat(JSON.writeValueAsString(Map.of("at", Instant.parse("2026-05-01T08:00:00Z"))))
                .isEqualTo("{\"at\":\"2026-05-01T08:00:00.000000Z\"}");
        assertThat(JSON.writeValueAsString(new java.math.BigDecimal("0.000001")))
                .isEqualTo("0.000001");
    }

    @Test
    void text_that_cannot_be_kept_is_refused_wherever_it_stands() {
        assertRefused(ErrorCode.INVALID_FIELD, "a.b[1]", () -> check("{\"a\":{\"b\":[\"x\",\"y\\u0000\"]}}"));
        assertRefused(ErrorCode.INVALID_FIELD, "name", () -> check("{\"name\":\"\\ud83d\"}"));
        assertThat(codeOf(() -> check("{\"e\":{\"K\\u0000\":\"v\"}}"))).isEqualTo(ErrorCode.INVALID_FIELD);
        check("{\"name\":\"\\ud83d\\ude00 \\u0041\"}");
        check("{\"name\":\"\\\\u0000\"}");
        check("{\"name\": \\u0000");
        check("");
    }

    @ParameterizedTest
    @CsvSource({"limit,0", "limit,101", "limit,x", "limit,-1", "limit,1.5", "offset,-1", "offset,99999999999"})
    void a_bad_page_is_a_422_that_names_the_value(String name, String value) {
        assertRefused(
                ErrorCode.INVALID_FIELD,
                name,
                () -> Page.of(name.equals("limit") ? value : null, name.equals("offset") ? value : null));
    }

    @Test
    void pages_have_defaults() {
        assertThat(Page.of(null, "")).isEqualTo(new Page(50, 0));
        assertThat(Page.of("100", "7")).isEqualTo(new Page(100, 7));
    }

    @Test
    void query_values_are_read_leniently_and_refused_by_name() {
        assertThat(Queries.csvOf("state", " Started,, stopped", List.of("started", "stopped")))
                .containsExactly("started", "stopped");
        assertRefused(ErrorCode.INVALID_FIELD, "state", () -> Queries.csvOf("state", "gone", List.of("started")));
        assertThat(Queries.time("since", "2026-05-01T08:00:00 02:00")).isEqualTo(Instant.parse("2026-05-01T06:00:00Z"));
        assertRefused(ErrorCode.INVALID_FIELD, "since", () -> Queries.time("since", "yesterday"));
        assertThat(Queries.flag("f", "TRUE", false)).isTrue();
        assertRefused(ErrorCode.INVALID_FIELD, "f", () -> Queries.flag("f", "maybe", false));
        for (String bad : List.of("1", "..", "x", "1-1-1-1-1", "%2e%2e")) {
            assertRefused(ErrorCode.NOT_FOUND, null, () -> Queries.id("session", bad));
        }
    }

    @Test
    void a_bucket_lets_a_burst_through_and_then_its_rate() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
        RateLimiter limiter = new RateLimiter(now::get, 10, Duration.ofSeconds(1), 20);
        for (int i = 0; i < 20; i++) {
            assertThat(limiter.spend("a")).isEmpty();
        }
        assertThat(limiter.spend("a")).contains(Duration.ofMillis(100));
        assertThat(limiter.spend("b")).isEmpty();
        now.set(Instant.EPOCH.plusMillis(100));
        assertThat(limiter.blocked("a")).isEmpty();
        assertThat(limiter.spend("a")).isEmpty();
        assertThat(limiter.spend("a")).isPresent();
        now.set(Instant.EPOCH.minusSeconds(60));
        assertThat(limiter.spend("a")).isPresent();
        ApiException refusal = RateLimiter.refusal(Duration.ofMillis(1_001), "slow down");
        assertThat(refusal.details()).containsEntry("retry_after_seconds", 2L);
    }

    @Test
    void events_are_framed_and_a_client_that_went_ends_the_stream() throws InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        EventStream stream = new EventStream(out);
        stream.emit("7", "log", "a\nb");
        stream.keepAlive();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .isEqualTo("id: 7\nevent: log\ndata: a\ndata: b\n\n: keep-alive\n\n");
        EventStream broken = new EventStream(new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("gone");
            }
        });
        broken.emit(null, null, "x");
        assertThat(broken.isOpen()).isFalse();
        assertThat(broken.pause(Duration.ofHours(1))).isFalse();
        assertThat(stream.pause(Duration.ofMillis(1))).isTrue();
        stream.close();
        assertThat(stream.pause(Duration.ofHours(1))).isFalse();
    }

    private static void check(String json) {
        JsonText.check(json.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertRefused(ErrorCode code, @Nullable String field, ThrowingCallable call) {
        ApiException refusal = catchThrowableOfType(ApiException.class, call);
        assertThat(refusal.code()).isEqualTo(code);
        if (field != null) {
            assertThat(refusal.details()).containsEntry("field", field);
        }
    }

    private static @Nullable ErrorCode codeOf(ThrowingCallable call) {
        ApiException refusal = catchThrowableOfType(ApiException.class, call);
        return refusal == null ? null : refusal.code();
    }
}
