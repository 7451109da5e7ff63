package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** Whatever is sent, the answer is a clear refusal and never a 5xx. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadInputIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";
    private final MimiryServer server = MimiryServer.shared();
    private final TestUser user = server.user("100");

    private record Case(String name, String body, int status, String mentions) {}

    private static String with(String fields) {
        return "{\"name\":\"x\",\"image\":{\"uri\":\"busybox\"},%s}".formatted(fields);
    }

    @TestFactory
    List<DynamicTest> create_refuses() {
        String tooLong = "a".repeat(65);
        List<Case> cases = List.of(
                new Case("malformed JSON", "{\"name\":", 400, "malformed_json"),
                new Case("an empty body", "", 400, "malformed_json"),
                new Case("an array", "[]", 422, "object"),
                new Case("no name", "{\"image\":{\"uri\":\"busybox\"}}", 422, "name"),
                new Case("an empty name", "{\"name\":\"\",\"image\":{\"uri\":\"busybox\"}}", 422, "name"),
                new Case("a name of 65", "{\"name\":\"" + tooLong + "\",\"image\":{\"uri\":\"busybox\"}}", 422, "name"),
                new Case("a name with NUL", "{\"name\":\"a\\u0000b\",\"image\":{\"uri\":\"busybox\"}}", 422, "name"),
                new Case("a name that is a number", "{\"name\":5,\"image\":{\"uri\":\"busybox\"}}", 422, "name"),
                new Case("no image", "{\"name\":\"x\"}", 422, "image.uri"),
                new Case("a bad image", "{\"name\":\"x\",\"image\":{\"uri\":\"UPPER case!\"}}", 422, "image.uri"),
                new Case("an unknown GPU", with("\"gpu\":{\"types\":[\"Z9000\"]}"), 422, "Z9000"),
                new Case("a negative count", with("\"gpu\":{\"count\":-1}"), 422, "gpu.count"),
                new Case("a count of zero", with("\"gpu\":{\"count\":0}"), 422, "gpu.count"),
                new Case("a count that is text", with("\"gpu\":{\"count\":\"1\"}"), 422, "gpu.count"),
                new Case("an unknown priority", with("\"gpu\":{\"priority\":[\"LUCK\"]}"), 422, "priority"),
                new Case(
                        "an impossible price",
                        with("\"gpu\":{\"types\":[\"T4\"],\"max_hourly_rate\":0.000001}"),
                        422,
                        "max_hourly_rate"),
                new Case("impossible memory", with("\"gpu\":{\"vram_gb\":[5000]}"), 422, "vram_gb"),
                new Case(
                        "an unknown mode",
                        with("\"auto_terminate\":{\"mode\":\"sometimes\"}"),
                        422,
                        "auto_terminate.mode"),
                new Case("a max_duration of 0", with("\"max_duration\":0"), 422, "max_duration"),
                new Case("a fractional max_duration", with("\"max_duration\":1.5"), 422, "max_duration"),
                new Case("a max_cost of 0", with("\"max_cost\":0"), 422, "max_cost"),
                new Case("a max_cost of a billion decimals", with("\"max_cost\":1e-1000000000"), 422, "max_cost"),
                new Case("a max_cost of a billion digits", with("\"max_cost\":1e1000000000"), 422, "max_cost"),
                new Case(
                        "a rate of a billion decimals",
                        with("\"gpu\":{\"max_hourly_rate\":1e-1000000000}"),
                        422,
                        "gpu.max_hourly_rate"),
                new Case(
                        "a command above 128 KiB",
                        with("\"command\":\"" + "x".repeat(1_200_000) + "\""),
                        422,
                        "command"),
                new Case(
                        "a variable that is a number",
                        with("\"environment_vars\":{\"A\":1}"),
                        422,
                        "environment_vars.A"),
                new Case(
                        "a variable with NUL",
                        with("\"environment_vars\":{\"A\":\"\\u0000\"}"),
                        422,
                        "environment_vars.A"),
                new Case("an empty variable name", with("\"environment_vars\":{\"\":\"x\"}"), 422, "environment_vars"),
                new Case("a bad public key", with("\"ssh_public_key\":\"ssh-rsa nonsense\""), 422, "ssh_public_key"),
                new Case(
                        "an unknown key",
                        with("\"ssh_key_id\":\"00000000-0000-0000-0000-000000000000\""),
                        422,
                        "ssh_key_id"),
                new Case(
                        "an unknown volume",
                        with("\"volume_mounts\":[{\"volume_name\":\"v\",\"mount_path\":\"/v\"}]"),
                        422,
                        "volume"));
        return cases.stream()
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> {
                    TestUser.Reply reply = user.post(SESSIONS, each.body());
                    assertThat(reply.status()).as(reply.text()).isEqualTo(each.status());
                    assertThat(reply.text()).contains(each.mentions());
                    assertThat(reply.json().get("error").isTextual()).isTrue();
                    assertThat(reply.json().get("message").isTextual()).isTrue();
                    assertThat(reply.response().headers().firstValue("X-Request-Id"))
                            .isPresent();
                }))
                .toList();
    }

    @TestFactory
    List<DynamicTest> reads_refuse() {
        record Read(String path, int status, String mentions) {}
        return List.of(
                        new Read(SESSIONS + "?state=flying", 422, "state"),
                        new Read(SESSIONS + "?operation=starting__pulling_image", 422, "operation"),
                        new Read(SESSIONS + "?limit=0", 422, "limit"),
                        new Read(SESSIONS + "?limit=101", 422, "limit"),
                        new Read(SESSIONS + "?offset=-1", 422, "offset"),
                        new Read(SESSIONS + "?updated_after=yesterday", 422, "updated_after"),
                        new Read(SESSIONS + "?updated_after=%2B999999-01-01T00:00:00Z", 422, "updated_after"),
                        new Read(SESSIONS + "?updated_before=0000-12-31T00:00:00Z", 422, "updated_before"),
                        new Read(
                                "/api/compute/v1/volumes?updated_after=%2B10000-01-01T00:00:00Z", 422, "updated_after"),
                        new Read("/api/compute/v1/transactions?from=%2B999999-01-01T00:00:00Z", 422, "from"),
                        new Read("/api/compute/v1/transactions?to=-999999-01-01T00:00:00Z", 422, "to"),
                        new Read("/api/compute/v1/usage?from=%2B999999-01-01T00:00:00Z", 422, "from"),
                        new Read("/api/compute/v1/usage?from=0000-01-01", 422, "from"),
                        new Read("/api/compute/v1/usage?to=%2B999999-01-01T00:00:00Z", 422, "to"),
                        new Read("/api/compute/v1/statements/999999-01", 422, "month"),
                        new Read(SESSIONS + "/none", 404, "not_found"),
                        new Read(SESSIONS + "/..%2f..%2fetc%2fpasswd", 404, "not_found"),
                        new Read(SESSIONS + "/00000000-0000-0000-0000-000000000000", 404, "not_found"),
                        new Read(SESSIONS + "/00000000-0000-0000-0000-000000000000/logs", 404, "not_found"),
                        new Read("/api/compute/v1/nothing", 404, "not_found"))
                .stream()
                .map(each -> DynamicTest.dynamicTest(each.path(), () -> {
                    TestUser.Reply reply = user.get(each.path());
                    assertThat(reply.status()).as(reply.text()).isEqualTo(each.status());
                    assertThat(reply.text()).contains(each.mentions());
                }))
                .toList();
    }

    @Test
    void a_method_that_an_address_does_not_take_is_refused_with_those_that_it_takes() {
        record Refused(String method, String path, String allow) {}
        for (Refused each : List.of(
                new Refused("PUT", SESSIONS, "GET, HEAD, OPTIONS, POST"),
                new Refused("POST", SESSIONS + "/" + java.util.UUID.randomUUID(), "DELETE, GET, HEAD, OPTIONS"),
                new Refused("PATCH", "/api/v1/me", "GET, HEAD, OPTIONS"))) {
            TestUser.Reply reply = user.call(each.method(), each.path(), "{}").expect(405);
            assertThat(reply.json().get("error").asText()).isEqualTo("method_not_allowed");
            assertThat(reply.response().headers().firstValue("Allow")).hasValue(each.allow());
        }
    }

    @Test
    void an_address_that_is_not_encoded_well_is_refused_in_words() throws Exception {
        for (String path : List.of(
                "/%zz",
                "/api/%zz", "/api/v1/me%", "/%00", "/a|b", "/api/v1/me?a={}", "/api/compute/v1/sessions?a=%zz")) {
            try (java.net.Socket socket = new java.net.Socket("127.0.0.1", server.httpPort())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write(("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                                .getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                String answer =
                        new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
                assertThat(answer).as(path).startsWith("HTTP/1.1 422").contains("\"error\":\"invalid_field\"");
            }
        }
    }

    @Test
    void a_body_of_ten_megabytes_is_refused_as_too_large() {
        TestUser.Reply reply = user.post(SESSIONS, "{\"name\":\"" + "x".repeat(10_000_000) + "\"}");
        assertThat(reply.status()).isEqualTo(413);
        assertThat(reply.json().get("error").asText()).isEqualTo("payload_too_large");
    }

    @Test
    void members_of_gpu_that_nobody_knows_are_ignored_and_never_shown() {
        String deep = "[".repeat(900) + "]".repeat(900);
        TestUser.Reply made = user.post(
                        SESSIONS,
                        "{\"name\":\"deep\",\"image\":{\"uri\":\"%s\"},\"command\":\"true\",\"gpu\":{\"types\":[\"T4\"],\"nested\":%s}}"
                                .formatted(TestImage.name(), deep))
                .expect(202);
        assertThat(made.json().get("gpu").has("nested")).isFalse();
        user.get(SESSIONS).expect(200);
        user.end(made.json().get("id").asText());
    }

    @Test
    void emoji_are_welcome_in_names_and_variables() {
        String id = user.post(
                        SESSIONS,
                        "{\"name\":\"🚀 train\",\"image\":{\"uri\":\"%s\"},\"command\":\"echo $E\",\"environment_vars\":{\"E\":\"🚀\"}}"
                                .formatted(TestImage.name()))
                .expect(202)
                .json()
                .get("id")
                .asText();
        assertThat(user.awaitState(id, "completed", "terminated").get("name").asText())
                .isEqualTo("🚀 train");
        assertThat(user.logs(id, "")).contains("🚀");
    }

    @Test
    void somebody_elses_session_is_not_there() {
        String id = user.create("\"command\":\"true\"");
        TestUser other = server.user("1");
        assertThat(other.get(SESSIONS + "/" + id).status()).isEqualTo(404);
        assertThat(other.get(SESSIONS + "/" + id + "/logs").status()).isEqualTo(404);
        assertThat(other.delete(SESSIONS + "/" + id).status()).isEqualTo(404);
        assertThat(other.get(SESSIONS).json().get("total").asInt()).isZero();
    }

    @Test
    void without_a_bearer_nothing_is_told() {
        TestUser.Reply reply =
                user.send(user.request("GET", SESSIONS, null, false).build());
        assertThat(reply.status()).isEqualTo(401);
        assertThat(reply.json().get("error").asText()).isEqualTo("unauthorized");
    }
}
