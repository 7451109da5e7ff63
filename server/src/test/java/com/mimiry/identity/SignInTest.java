package com.mimiry.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.identity.sshsig.SshKeygen;
import com.mimiry.platform.Database;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.TestDatabase;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignInTest {
    @TempDir
    static Path directory;

    private static final Database database = TestDatabase.create();
    private static SshKeygen keygen;
    private static Path key;
    private static String fingerprint;
    private static User user;

    private final MovableClock clock = new MovableClock();
    private final Tokens tokens = new Tokens(database, clock, UUID::randomUUID);
    private final SignIn signIn = new SignIn(database, clock, tokens, new TestIdentityConfig());
    private final Bearers bearers = new Bearers(database, clock, tokens);
    private final IdentityAdmin admin = new IdentityAdmin(database, clock, UUID::randomUUID);

    @BeforeAll
    static void register() {
        keygen = new SshKeygen(directory);
        key = keygen.generate("key", "-t", "ed25519");
        var added = new IdentityAdmin(database, new MovableClock(), UUID::randomUUID)
                .addUser("Ada@Example.org", null, SshKeygen.publicLine(key));
        user = added.user();
        fingerprint = RegisteredSshKeys.parsed(SshKeygen.publicLine(key), "key").fingerprint();
    }

    @Test
    void a_good_signature_gets_a_token_that_names_its_user_and_key() {
        SignIn.Granted granted = signIn.exchange(signed("a0"), null, "192.0.2.1");
        Caller caller = bearers.caller("Bearer " + granted.token()).orElseThrow();
        assertThat(caller.userId()).isEqualTo(user.id());
        assertThat(caller.sshFingerprint()).isEqualTo(fingerprint);
        assertThat(granted.life()).isEqualTo(Duration.ofHours(1));
        assertThat(granted.expiresAt()).isEqualTo(clock.instant().plusSeconds(3600));
    }

    @Test
    void a_token_ends_when_it_said_it_would_and_no_sooner() {
        String token = signIn.exchange(signed("b0"), Duration.ofMinutes(2), "a").token();
        clock.advance(Duration.ofSeconds(119));
        assertThat(bearers.caller("Bearer " + token)).isPresent();
        clock.advance(Duration.ofSeconds(1));
        assertThat(bearers.caller("Bearer " + token)).isEmpty();
    }

    @Test
    void a_reused_nonce_is_refused_on_every_replica_and_after_a_restart() {
        SignIn.Request request = signed("c0");
        signIn.exchange(request, null, "a");
        Tokens other = new Tokens(database, clock, UUID::randomUUID);
        SignIn restarted = new SignIn(database, clock, other, new TestIdentityConfig());
        assertRefused(restarted, request, ErrorCode.NONCE_REUSED);
        clock.advance(Duration.ofMinutes(5));
        signIn.exchange(signed("c1"), null, "a");
        assertRefused(restarted, request, ErrorCode.NONCE_REUSED);
        clock.advance(Duration.ofSeconds(1));
        assertRefused(restarted, request, ErrorCode.TIMESTAMP_EXPIRED);
    }

    @Test
    void a_token_holds_on_other_replicas_and_after_a_restart() {
        String token = signIn.exchange(signed("d0"), null, "a").token();
        Bearers restarted = new Bearers(database, clock, new Tokens(database, clock, UUID::randomUUID));
        assertThat(restarted.caller("Bearer " + token)).isPresent();
    }

    @Test
    void whatever_is_wrong_is_named() {
        long now = clock.instant().getEpochSecond();
        Path stranger = keygen.generate("stranger", "-t", "ed25519");
        byte[] message = message(fingerprint, now, "e0");
        assertRefused(
                request(fingerprint, now, "e0", keygen.sign(stranger, "mimiry-auth", message)),
                ErrorCode.INVALID_SIGNATURE);
        assertRefused(request(fingerprint, now, "e0", keygen.sign(key, "file", message)), ErrorCode.INVALID_SIGNATURE);
        assertRefused(
                request(fingerprint, now, "e1", keygen.sign(key, "mimiry-auth", message)), ErrorCode.INVALID_SIGNATURE);
        assertRefused(
                request(fingerprint, now + 1, "e0", keygen.sign(key, "mimiry-auth", message)),
                ErrorCode.INVALID_SIGNATURE);
        assertRefused(request(fingerprint, now, "e0", new byte[] {1, 2}), ErrorCode.INVALID_SIGNATURE);
        assertRefused(signedAt(now - 301, "e2"), ErrorCode.TIMESTAMP_EXPIRED);
        assertRefused(signedAt(now + 301, "e2"), ErrorCode.TIMESTAMP_EXPIRED);
        assertRefused(request(fingerprint, 999_999_999_999_999L, "e2", new byte[] {1}), ErrorCode.TIMESTAMP_EXPIRED);
        String unknown = "SHA256:" + "A".repeat(43);
        assertRefused(request(unknown, now, "e3", new byte[] {1}), ErrorCode.KEY_NOT_REGISTERED);
        assertRefused(new SignIn.Request(fingerprint, "soon", "e4", ""), ErrorCode.INVALID_FIELD);
        assertRefused(new SignIn.Request(null, "1", "e4", ""), ErrorCode.INVALID_FIELD);
        assertRefused(new SignIn.Request(fingerprint, "1", "not hex", ""), ErrorCode.INVALID_FIELD);
        signIn.exchange(signedAt(now - 300, "e5"), null, "a");
        signIn.exchange(signedAt(now + 300, "e6"), null, "a");
    }

    @Test
    void forged_tokens_are_refused() throws JoseException {
        String token = signIn.exchange(signed("f0"), null, "a").token();
        String[] parts = token.split("\\.", -1);
        JwtClaims claims = new JwtClaims();
        claims.setIssuer("mimiry");
        claims.setSubject(user.id().toString());
        claims.setStringClaim("ssh_key_id", UUID.randomUUID().toString());
        claims.setExpirationTimeMinutesInTheFuture(60 * 24 * 365);
        JsonWebSignature none = new JsonWebSignature();
        none.setAlgorithmConstraints(org.jose4j.jwa.AlgorithmConstraints.NO_CONSTRAINTS);
        none.setAlgorithmHeaderValue("none");
        none.setPayload(claims.toJson());
        String unsigned = none.getCompactSerialization();
        String noneHeader = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
        assertThat(bearers.caller("Bearer " + token)).isPresent();
        assertThat(bearers.caller("Bearer " + unsigned)).isEmpty();
        assertThat(bearers.caller("Bearer " + noneHeader + "." + parts[1] + "."))
                .isEmpty();
        assertThat(bearers.caller("Bearer " + parts[0] + "." + parts[1] + "." + parts[2].substring(1) + "A"))
                .isEmpty();
        assertThat(bearers.caller("Bearer " + parts[0] + "." + unsigned.split("\\.", -1)[1] + "." + parts[2]))
                .isEmpty();
        assertThat(bearers.caller("Bearer ")).isEmpty();
        assertThat(bearers.caller("Basic " + token)).isEmpty();
        assertThat(bearers.caller(null)).isEmpty();
    }

    @Test
    void a_deleted_key_fails_its_tokens_at_once() {
        Path second = keygen.generate("second", "-t", "ed25519");
        var registered = admin.addKey("ada@example.org", SshKeygen.publicLine(second), null);
        String print = registered.key().fingerprint();
        long now = clock.instant().getEpochSecond();
        SignIn.Request request =
                request(print, now, "aa", keygen.sign(second, "mimiry-auth", message(print, now, "aa")));
        String token = signIn.exchange(request, null, "a").token();
        assertThat(bearers.caller("Bearer " + token)).isPresent();
        new Accounts(database, clock, UUID::randomUUID).deleteKey(Actor.COMMAND_LINE, user.id(), registered.id());
        assertThat(bearers.caller("Bearer " + token)).isEmpty();
        assertRefused(request, ErrorCode.KEY_NOT_REGISTERED);
    }

    @Test
    void a_disabled_user_is_out_at_once_and_back_when_enabled() {
        String token = signIn.exchange(signed("ab"), null, "a").token();
        admin.setEnabled("ada", false);
        try {
            assertThat(bearers.caller("Bearer " + token)).isEmpty();
            assertRefused(signed("ac"), ErrorCode.KEY_NOT_REGISTERED);
        } finally {
            admin.setEnabled("ADA", true);
        }
        assertThat(bearers.caller("Bearer " + token)).isPresent();
    }

    @Test
    void failures_are_limited_but_do_not_lock_out_the_key_elsewhere() {
        long now = clock.instant().getEpochSecond();
        SignIn.Request bad = request(fingerprint, now, "ad", new byte[] {1});
        for (int i = 0; i < 60; i++) {
            assertRefused(bad, ErrorCode.INVALID_SIGNATURE);
        }
        assertRefused(bad, ErrorCode.RATE_LIMITED);
        assertThat(signIn.exchange(signed("ae"), null, "192.0.2.99").token()).isNotEmpty();
    }

    @Test
    void sixty_sign_ins_a_minute_pass() {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            seen.add(signIn.exchange(signed("ff" + (100 + i)), null, "a").token());
        }
        assertThat(seen).hasSize(60);
    }

    @Test
    void a_wish_for_a_life_is_granted_within_bounds() {
        assertThat(signIn.granted(null)).isEqualTo(Duration.ofHours(1));
        assertThat(signIn.granted(Duration.ofHours(1))).isEqualTo(Duration.ofHours(1));
        assertThat(signIn.granted(Duration.ofSeconds(1))).isEqualTo(Duration.ofMinutes(1));
        assertThat(signIn.granted(Duration.ofDays(365))).isEqualTo(Duration.ofDays(1));
    }

    @Test
    void api_keys_work_until_they_expire_or_are_revoked_and_only_for_their_scopes() {
        ApiKeys keys = new ApiKeys(database, clock, UUID::randomUUID);
        Caller owner = new Caller(user.id(), user.email(), user.username(), null, null);
        var made = keys.create(owner, "ci", List.of("sessions:write"), 3600L);
        String bearer = "Bearer " + made.secret().reveal();
        Caller caller = bearers.caller(bearer).orElseThrow();
        assertThat(made.secret().reveal()).startsWith("mky_");
        assertThat(caller.scopeAllows(Permission.SESSIONS_WRITE)).isTrue();
        assertThat(caller.scopeAllows(Permission.SESSIONS_READ)).isTrue();
        assertThat(caller.scopeAllows(Permission.BILLING_READ)).isFalse();
        assertThat(caller.scopeAllows(Permission.ACCOUNT_WRITE)).isFalse();
        assertThat(caller.scopeAllows(Permission.OPERATOR)).isFalse();
        clock.advance(Duration.ofHours(1));
        assertThat(bearers.caller(bearer)).isEmpty();
        var endless = keys.create(owner, "ci", List.of("*"), null);
        assertThat(bearers.caller("Bearer " + endless.secret().reveal())).isPresent();
        keys.revoke(owner, endless.key().id());
        assertThat(bearers.caller("Bearer " + endless.secret().reveal())).isEmpty();
    }

    private SignIn.Request signed(String nonce) {
        return signedAt(clock.instant().getEpochSecond(), nonce);
    }

    private static SignIn.Request signedAt(long timestamp, String nonce) {
        return request(
                fingerprint, timestamp, nonce, keygen.sign(key, "mimiry-auth", message(fingerprint, timestamp, nonce)));
    }

    private static byte[] message(String fingerprint, long timestamp, String nonce) {
        return (fingerprint + "\n" + timestamp + "\n" + nonce).getBytes(StandardCharsets.UTF_8);
    }

    private static SignIn.Request request(String fingerprint, long timestamp, String nonce, byte[] signature) {
        return new SignIn.Request(
                fingerprint,
                Long.toString(timestamp),
                nonce,
                Base64.getEncoder().encodeToString(signature));
    }

    private void assertRefused(SignIn.Request request, ErrorCode code) {
        assertRefused(signIn, request, code);
    }

    private static void assertRefused(SignIn signIn, SignIn.Request request, ErrorCode code) {
        ApiException refusal =
                catchThrowableOfType(ApiException.class, () -> signIn.exchange(request, null, "192.0.2.7"));
        assertThat(codeOf(refusal)).isEqualTo(code);
    }

    private static @Nullable ErrorCode codeOf(@Nullable ApiException refusal) {
        return refusal == null ? null : refusal.code();
    }
}
