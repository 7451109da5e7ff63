package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.identity.sshsig.FidoToken;
import com.mimiry.identity.sshsig.RsaSigner;
import com.mimiry.identity.sshsig.SshKeygen;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The exchange of an SSH signature for a token, with {@code ssh-keygen}, and what a token is good for. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SignInIT {
    private static final String ME = "/api/v1/me";
    private static final String GOOD_BODY = "{}";

    private MimiryServer server;
    private TestUser user;

    @BeforeAll
    void start() {
        server = MimiryServer.start(Map.of("mimiry.identity.token-life-min", "PT1S"));
        user = server.user("1");
    }

    @AfterAll
    void close() {
        server.close();
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    private static String message(String fingerprint, long timestamp, String nonce) {
        return fingerprint + "\n" + timestamp + "\n" + nonce;
    }

    private static void assertRefused(TestUser.Reply reply, String code, String message) {
        assertThat(reply.status()).as(reply.text()).isEqualTo(401);
        assertThat(reply.json().get("error").asText()).isEqualTo(code);
        assertThat(reply.json().get("message").asText()).startsWith(message);
    }

    private TestUser.Reply me(String bearer) {
        return user.send(user.request("GET", ME, null, false)
                .header("Authorization", "Bearer " + bearer)
                .build());
    }

    @Test
    void a_signature_is_exchanged_for_a_token_that_says_who_one_is() {
        JsonNode granted = user.signIn().expect(200).json();
        assertThat(granted.get("token_type").asText()).isEqualTo("Bearer");
        assertThat(granted.get("expires_in").asInt()).isEqualTo(3600);
        assertThat(granted.get("fingerprint").asText()).isEqualTo(user.fingerprint());
        Instant expires = Instant.parse(granted.get("expires_at").asText());
        assertThat(Duration.between(Instant.now(), expires)).isBetween(Duration.ofSeconds(3500), Duration.ofHours(1));
        JsonNode me = me(granted.get("access_token").asText()).expect(200).json();
        assertThat(me.get("email").asText()).isEqualTo(user.email());
        assertThat(me.get("ssh_key").get("fingerprint").asText()).isEqualTo(user.fingerprint());
        assertThat(me.get("organizations").get(0).get("role").asText()).isEqualTo("owner");
    }

    @Test
    void limits_say_how_long_a_token_may_live() {
        JsonNode limits = user.send(user.request("GET", "/api/v1/auth/token/limits", null, false)
                        .build())
                .expect(200)
                .json();
        assertThat(limits.get("min_expires_in").asInt()).isEqualTo(1);
        assertThat(limits.get("default_expires_in").asInt()).isEqualTo(3600);
        assertThat(limits.get("max_expires_in").asInt()).isGreaterThanOrEqualTo(3600);
    }

    /** A key of any kind. */
    private interface Signer {
        byte[] sign(String message) throws GeneralSecurityException;
    }

    private record Holder(String fingerprint, Signer signer) {}

    /** A new user with this key. */
    private Holder holder(String line, Signer signer) throws IOException {
        String name = "k" + TestUser.newNonce();
        Path file = Files.writeString(server.data().resolve(name + ".pub"), line);
        server.admin("user", "add", "--email", name + "@example.org", "--key", file.toString())
                .orFail();
        String fingerprint =
                Commands.run("ssh-keygen", "-lf", file.toString()).text().split(" ", -1)[1];
        return new Holder(fingerprint, signer);
    }

    private TestUser.Reply exchange(Holder holder, long timestamp, String nonce) throws GeneralSecurityException {
        byte[] signature = holder.signer().sign(message(holder.fingerprint(), timestamp, nonce));
        return user.exchange(
                holder.fingerprint(), "" + timestamp, nonce, Base64.getEncoder().encodeToString(signature), GOOD_BODY);
    }

    private void assertSignsInOnce(Holder holder) throws GeneralSecurityException {
        long timestamp = now();
        String nonce = TestUser.newNonce();
        JsonNode granted = exchange(holder, timestamp, nonce).expect(200).json();
        assertThat(granted.get("fingerprint").asText()).isEqualTo(holder.fingerprint());
        JsonNode me = me(granted.get("access_token").asText()).expect(200).json();
        assertThat(me.get("ssh_key").get("fingerprint").asText()).isEqualTo(holder.fingerprint());
        // A signature made anew need not have the same bytes.
        assertRefused(exchange(holder, timestamp, nonce), "nonce_reused", "Nonce");
    }

    @ParameterizedTest
    @CsvSource({
        "ed25519,256,sha512",
        "ed25519,256,sha256",
        "ecdsa,256,sha512",
        "ecdsa,384,sha256",
        "ecdsa,521,sha512",
        "rsa,3072,sha512",
        "rsa,4096,sha256"
    })
    void keys_of_ssh_keygen_sign_in(String type, String bits, String hash) throws Exception {
        SshKeygen keygen = new SshKeygen(server.data());
        Path key = keygen.generate(TestUser.newNonce(), "-t", type, "-b", bits);
        assertSignsInOnce(holder(
                SshKeygen.publicLine(key),
                message -> keygen.sign(key, "mimiry-auth", bytes(message), "-O", "hashalg=" + hash)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_security_token_signs_in_when_it_is_touched(boolean isEd25519) throws Exception {
        FidoToken token = new FidoToken(isEd25519, "ssh:");
        assertSignsInOnce(holder(token.line(), message -> token.sign("mimiry-auth", bytes(message), 1, 77)));
        FidoToken untouched = new FidoToken(isEd25519, "ssh:");
        Holder holder = holder(untouched.line(), message -> untouched.sign("mimiry-auth", bytes(message), 4, 77));
        assertThat(exchange(holder, now(), TestUser.newNonce())
                        .expect(401)
                        .json()
                        .get("error")
                        .asText())
                .isEqualTo("invalid_signature");
    }

    @Test
    void rsa_signs_in_with_sha2_and_not_with_sha1() throws Exception {
        RsaSigner key = new RsaSigner();
        String[] algorithm = {"rsa-sha2-256"};
        Holder holder = holder(key.line(), message -> key.sign("mimiry-auth", bytes(message), algorithm[0]));
        assertSignsInOnce(holder);
        algorithm[0] = "rsa-sha2-512";
        assertSignsInOnce(holder);
        algorithm[0] = "ssh-rsa";
        assertThat(exchange(holder, now(), TestUser.newNonce())
                        .expect(401)
                        .json()
                        .get("error")
                        .asText())
                .isEqualTo("invalid_signature");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @TestFactory
    List<DynamicTest> a_bad_exchange_is_refused() {
        record Case(String name, int status, String code, String fingerprint, String timestamp, String signature) {}
        String own = user.fingerprint();
        long now = now();
        String nonce = TestUser.newNonce();
        String good = user.sign(message(own, now, nonce), "mimiry-auth");
        String unknown = "SHA256:" + "A".repeat(43);
        List<Case> cases = List.of(
                new Case(
                        "another namespace",
                        401,
                        "invalid_signature",
                        own,
                        "" + now,
                        user.sign(message(own, now, nonce), "file")),
                new Case(
                        "another message",
                        401,
                        "invalid_signature",
                        own,
                        "" + now,
                        user.sign(message(own, now - 1, nonce), "mimiry-auth")),
                new Case(
                        "another user's key",
                        401,
                        "invalid_signature",
                        own,
                        "" + now,
                        server.user("0").sign(message(own, now, nonce), "mimiry-auth")),
                new Case("no base64", 401, "invalid_signature", own, "" + now, "%%%"),
                new Case("base64 of nothing much", 401, "invalid_signature", own, "" + now, "aGVsbG8="),
                new Case(
                        "a cut signature",
                        401,
                        "invalid_signature",
                        own,
                        "" + now,
                        good.substring(0, good.length() / 2 / 4 * 4)),
                new Case("a key that nobody has", 401, "key_not_registered", unknown, "" + now, good),
                new Case("a time 10 minutes ago", 401, "timestamp_expired", own, "" + (now - 600), good),
                new Case("a time in 10 minutes", 401, "timestamp_expired", own, "" + (now + 600), good),
                new Case("the end of time", 401, "timestamp_expired", own, "999999999999999", good),
                new Case("a time that is none", 422, "invalid_field", own, "soon", good),
                new Case("a fingerprint that is none", 422, "invalid_field", "MD5:00", "" + now, good));
        return cases.stream()
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> {
                    TestUser.Reply reply =
                            user.exchange(each.fingerprint(), each.timestamp(), nonce, each.signature(), GOOD_BODY);
                    assertThat(reply.status()).as(reply.text()).isEqualTo(each.status());
                    assertThat(reply.json().get("error").asText()).isEqualTo(each.code());
                    assertThat(reply.json().get("message").asText()).isNotBlank();
                    assertThat(user.exchange(own, "" + now, TestUser.newNonce(), "", GOOD_BODY)
                                    .status())
                            .isIn(401, 422);
                }))
                .toList();
    }

    @Test
    void headers_that_are_missing_are_named() {
        TestUser.Reply reply = user.send(
                user.request("POST", "/api/v1/auth/token", "{}", false).build());
        assertThat(reply.status()).as(reply.text()).isEqualTo(422);
        assertThat(reply.text()).contains("X-SSH-Fingerprint");
    }

    @Test
    void a_nonce_is_used_once_and_a_token_outlives_a_restart() {
        long timestamp = now();
        String nonce = TestUser.newNonce();
        String token = user.signIn(timestamp, nonce)
                .expect(200)
                .json()
                .get("access_token")
                .asText();
        assertRefused(user.signIn(timestamp, nonce), "nonce_reused", "Nonce");
        server.stop();
        server.start();
        assertRefused(user.signIn(timestamp, nonce), "nonce_reused", "Nonce");
        me(token).expect(200);
    }

    @Test
    void a_deleted_key_ends_its_tokens_at_once() {
        TestUser leaver = server.user("0");
        JsonNode key = leaver.get(ME).expect(200).json().get("ssh_key");
        leaver.delete("/api/v1/ssh-keys/" + key.get("id").asText()).expect(204);
        assertRefused(leaver.get(ME), "unauthorized", "");
        assertRefused(leaver.signIn(), "key_not_registered", "SSH key not registered");
    }

    @Test
    void a_disabled_user_is_out_at_once_and_in_again_when_enabled() {
        TestUser disabled = server.user("0");
        disabled.get(ME).expect(200);
        server.admin("user", "disable", disabled.email()).orFail();
        assertRefused(disabled.get(ME), "unauthorized", "");
        assertThat(disabled.signIn().status()).isEqualTo(401);
        server.admin("user", "enable", disabled.email()).orFail();
        disabled.get(ME).expect(200);
    }

    @Test
    void sixty_sign_ins_in_a_row_pass() {
        for (int i = 0; i < 60; i++) {
            user.signIn().expect(200);
        }
    }

    @Test
    void failures_are_limited_and_the_answer_says_for_how_long() {
        TestUser guesser = server.user("0");
        TestUser.Reply last;
        int failures = 0;
        // While they are made, a slow machine's clock allows some more.
        do {
            last = guesser.exchange(guesser.fingerprint(), "" + now(), TestUser.newNonce(), "aGVsbG8=", GOOD_BODY);
            failures++;
        } while (last.status() == 401 && failures < 300);
        assertThat(failures).isGreaterThan(60);
        assertThat(last.status()).as(last.text()).isEqualTo(429);
        assertThat(last.json().get("error").asText()).isEqualTo("rate_limited");
        assertThat(last.response().headers().firstValue("Retry-After").orElseThrow())
                .matches("[1-9][0-9]*");
        user.signIn().expect(200);
    }

    @Test
    void reading_twenty_times_a_second_is_never_too_much() throws Exception {
        for (int i = 0; i < 60; i++) {
            user.get(ME).expect(200);
            TimeUnit.MILLISECONDS.sleep(30);
        }
    }

    @Test
    void an_expired_token_is_refused() {
        long timestamp = now();
        String nonce = TestUser.newNonce();
        String signature = user.sign(message(user.fingerprint(), timestamp, nonce), "mimiry-auth");
        JsonNode granted = user.exchange(user.fingerprint(), "" + timestamp, nonce, signature, "{\"expires_in\":1}")
                .expect(200)
                .json();
        assertThat(granted.get("expires_in").asInt()).isEqualTo(1);
        String token = granted.get("access_token").asText();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> me(token).status() == 401);
    }

    @TestFactory
    List<DynamicTest> a_token_that_is_not_ours_is_refused() {
        record Bad(String name, String token) {}
        String good = user.token();
        String[] parts = good.split("\\.", -1);
        String payload = text(parts[1]);
        String none = base64("{\"alg\":\"none\",\"typ\":\"JWT\"}");
        char last = parts[2].charAt(0) == 'A' ? 'B' : 'A';
        return List.of(
                        new Bad("another signature", parts[0] + "." + parts[1] + "." + last + parts[2].substring(1)),
                        new Bad("no signature", parts[0] + "." + parts[1] + "."),
                        new Bad(
                                "another expiry",
                                parts[0] + "." + base64(payload.replaceFirst("\"exp\":[0-9]+", "\"exp\":9999999999"))
                                        + "." + parts[2]),
                        new Bad("alg none", none + "." + parts[1] + "."),
                        new Bad("alg none with the signature", none + "." + parts[1] + "." + parts[2]),
                        new Bad(
                                "another algorithm",
                                base64(text(parts[0]).replace("HS256", "HS512")) + "." + parts[1] + "." + parts[2]),
                        new Bad("half of it", good.substring(0, good.length() / 2)),
                        new Bad("dots", "..."),
                        new Bad("nothing", ""),
                        new Bad("an unknown API key", "mky_" + "a".repeat(40)),
                        new Bad("something long", "a".repeat(5_000)))
                .stream()
                .map(bad ->
                        DynamicTest.dynamicTest(bad.name(), () -> assertRefused(me(bad.token()), "unauthorized", "")))
                .toList();
    }

    private static String text(String base64) {
        return new String(Base64.getUrlDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
