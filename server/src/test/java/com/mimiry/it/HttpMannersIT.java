package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.it.RawHttp.Answer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract's HTTP manners on the packaged server, as bytes on the wire. */
class HttpMannersIT {
    private static final String ME = "/api/v1/me";
    private static final String DRY_RUN = "/api/compute/v1/sessions?dry_run=true";
    private static final String JSON = "Content-Type: application/json\r\n";
    private static final String BODY = "{\"name\":\"x\",\"image\":{\"uri\":\"busybox\"},\"gpu\":{\"types\":[\"T4\"]}}";

    private static final MimiryServer SERVER = MimiryServer.shared();
    private static final TestUser USER = SERVER.user("100");

    private static String head(String method, String target, String host, String headers) {
        return "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n%s"
                .formatted(method, target, host, USER.token(), headers);
    }

    private static Answer ask(String method, String target, String headers) {
        return RawHttp.send(SERVER.httpPort(), head(method, target, "x", headers) + "\r\n");
    }

    private static Answer get(String target) {
        return ask("GET", target, "");
    }

    private static Answer post(String headers, String body) {
        int bytes = body.getBytes(StandardCharsets.UTF_8).length;
        return RawHttp.send(
                SERVER.httpPort(),
                head("POST", DRY_RUN, "x", headers) + "Content-Length: " + bytes + "\r\n\r\n" + body);
    }

    private static void assertMe(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().get("content-type")).startsWith("application/json");
        assertThat(answer.json().get("email").asText()).isEqualTo(USER.email());
    }

    private static void assertRanked(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).contains("T4_16G_PCIe");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "//api//v1///me",
                "/api/v1/me/",
                "/api/v1/../v1/me",
                "/api/./v1/me",
                "/api/v1/%2e%2e/v1/me",
                "http://elsewhere.example/api/v1/me",
                "/api/v1/me?",
                "/api/v1/me?a=b&a=c"
            })
    void slashes_and_dot_segments_are_folded(String target) {
        assertMe(get(target));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "//", "*", "/api", "/api/", "//api//", "/api/v1", "/../../etc/passwd", "/api/../.."})
    void an_address_of_nothing_is_a_404_and_never_a_redirect(String target) {
        get(target).assertRefused(404, "not_found");
    }

    @Test
    void folding_leads_around_no_sign_in() {
        for (String target : new String[] {"/docs/../api/v1/me", "/health/..//api/v1/me", "//api/v1/me"}) {
            RawHttp.send(SERVER.httpPort(), "GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    .assertRefused(401, "unauthorized");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example:99", "", "[::1]:80", "xn--bcher-kva.example", "127.0.0.1", "a.b.c.d.e:1"})
    void any_host_is_welcome(String host) {
        assertMe(RawHttp.send(SERVER.httpPort(), head("GET", ME, host, "") + "\r\n"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "x:notaport", "a:b:c"})
    void a_host_that_is_none_is_refused(String host) {
        RawHttp.send(SERVER.httpPort(), head("GET", ME, host, "") + "\r\n").assertRefused(400, "bad_request");
    }

    @Test
    void too_much_in_front_of_the_body_is_refused_by_its_kind() {
        get(ME + "?" + "a".repeat(10_000)).assertRefused(414, "uri_too_long");
        ask("GET", ME, "X-A: " + "a".repeat(20_000) + "\r\n").assertRefused(431, "headers_too_large");
        ask("GET", ME, "X-A: a\r\n".repeat(5_000)).assertRefused(431, "headers_too_large");
        // Far beyond, the decoder hangs up before there is a request to be named.
        assertThat(get(ME + "?" + "a".repeat(300_000)).status()).isEqualTo(414);
        assertThat(ask("GET", ME, "X-A: " + "a".repeat(400_000) + "\r\n").status())
                .isEqualTo(431);
    }

    @ParameterizedTest
    @CsvSource({"/api/v1/me, 200", "/api/compute/v1/sessions, 200", "/api/nothing, 404"})
    void head_answers_as_get_without_a_body(String target, int status) {
        Answer head = ask("HEAD", target, "");
        assertThat(head.status()).isEqualTo(status);
        assertThat(head.body()).isEmpty();
        assertThat(head.headers()).containsKey("x-request-id");
        assertThat(head.headers().get("content-type"))
                .isEqualTo(get(target).headers().get("content-type"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/api/v1/me | GET, HEAD, OPTIONS",
                "/api/compute/v1/sessions | GET, HEAD, OPTIONS, POST",
                "/api/compute/v1/sessions/00000000-0000-0000-0000-000000000000 | DELETE, GET, HEAD, OPTIONS"
            })
    void options_names_the_methods_that_an_address_takes(String target, String methods) {
        Answer answer = ask("OPTIONS", target, "");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().get("allow")).isEqualTo(methods);
        ask("FOO", target, "").assertRefused(405, "method_not_allowed");
    }

    /** Clients that forget it, or leave curl's default there, send JSON all the same. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "application/json",
                "Application/JSON; charset=utf-8",
                "application/x-www-form-urlencoded",
                "text/plain",
                "application/json; charset=nonsense",
                ";;;"
            })
    void a_json_body_is_taken_whatever_its_content_type_says(String type) {
        assertRanked(post(type.isEmpty() ? "" : "Content-Type: " + type + "\r\n", BODY));
    }

    @Test
    void a_content_type_without_a_body_is_ignored() {
        assertMe(ask("GET", ME, "Content-Type: image/png\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*/*",
                "text/html",
                "application/xml",
                "text/event-stream",
                "nonsense",
                "",
                "a/b/c;;q=x",
                "application/json;q=0"
            })
    void an_odd_accept_header_still_means_json(String accept) {
        assertMe(ask("GET", ME, "Accept: " + accept + "\r\n"));
    }

    @Test
    void a_body_in_chunks_is_read() {
        StringBuilder chunks = new StringBuilder();
        BODY.chars().forEach(c -> chunks.append("1\r\n").append((char) c).append("\r\n"));
        assertRanked(RawHttp.send(
                SERVER.httpPort(),
                head("POST", DRY_RUN, "x", JSON + "Transfer-Encoding: chunked\r\n") + "\r\n" + chunks + "0\r\n\r\n"));
    }

    @Test
    void who_expects_to_be_told_to_go_on_is_told() {
        String head = head(
                "POST", DRY_RUN, "x", JSON + "Expect: 100-continue\r\nContent-Length: " + BODY.length() + "\r\n\r\n");
        assertRanked(RawHttp.sendInTwo(SERVER.httpPort(), head, "HTTP/1.1 100", BODY));
    }

    @Test
    void ten_megabytes_are_too_large_however_they_come() {
        String ten = "x".repeat(10_000_000);
        post(JSON, ten).assertRefused(413, "payload_too_large");
        RawHttp.send(
                        SERVER.httpPort(),
                        head("POST", DRY_RUN, "x", JSON + "Transfer-Encoding: chunked\r\n") + "\r\n"
                                + Integer.toHexString(ten.length()) + "\r\n" + ten + "\r\n0\r\n\r\n")
                .assertRefused(413, "payload_too_large");
    }

    @Test
    void both_kinds_of_length_at_once_are_no_request() {
        Answer answer = ask("POST", DRY_RUN, JSON + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n");
        assertThat(answer.status()).isEqualTo(400);
    }

    @Test
    void names_are_matched_whatever_their_case() {
        assertRanked(
                post(
                        JSON,
                        BODY.replace(
                                "[\"T4\"]",
                                "[\"t4_16g_pcie\"],\"family\":[\"t4\"],\"form_factor\":[\"pcie\"],\"priority\":[\"price\",\"Gpu\"]")));
        assertRanked(post(JSON, BODY.replace("}}", "},\"auto_terminate\":{\"mode\":\"On_Complete\"}}")));
        assertThat(get("/api/compute/v1/sessions?state=STARTED,Failed&operation=Starting")
                        .status())
                .isEqualTo(200);
        assertThat(get("/api/compute/v1/availability?gpu_family=t4").body()).contains("T4_16G_PCIe");
    }

    @Test
    void nesting_without_end_is_refused_in_a_sentence() {
        String arrays = "[".repeat(10_000) + "]".repeat(10_000);
        for (String body : new String[] {
            arrays,
            "{\"a\":".repeat(10_000) + "1" + "}".repeat(10_000),
            BODY.replace("\"gpu\"", "\"unknown\":" + arrays + ",\"gpu\""),
            BODY.replace("[\"T4\"]", arrays)
        }) {
            Answer answer = post(JSON, body);
            answer.assertRefused(400, "malformed_json");
            assertThat(answer.json().get("message").asText()).contains("nesting depth");
        }
        post(JSON, BODY.replace("}}", "},\"max_cost\":NaN}")).assertRefused(400, "malformed_json");
    }

    @Test
    void of_a_member_that_comes_twice_the_last_one_counts() {
        assertRanked(post(JSON, BODY.replace("\"name\":\"x\"", "\"name\":5,\"name\":\"x\"")));
        post(JSON, BODY.replace("\"name\":\"x\"", "\"name\":\"x\",\"name\":5")).assertRefused(422, "invalid_field");
    }
}
