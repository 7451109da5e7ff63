package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.RateLimiter;
import com.mimiry.identity.SshKeys.SshKey;
import com.mimiry.identity.sshsig.SshFormatException;
import com.mimiry.identity.sshsig.SshSignature;
import com.mimiry.platform.Database;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Exchanges an SSH signature for a token. */
@Singleton
class SignIn {
    static final String NAMESPACE = "mimiry-auth";
    private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}");
    private static final Pattern TIMESTAMP = Pattern.compile("[0-9]{1,15}");
    private static final Pattern NONCE = Pattern.compile("[0-9a-fA-F]{1,256}");
    private static final int SIGNATURE_LENGTH_MAX = 16_384;
    private static final Duration NONCE_MARGIN = Duration.ofSeconds(60);

    private final SshKeyStore keys = new SshKeyStore();
    private final TokenStore store = new TokenStore();
    private final Database database;
    private final Clock clock;
    private final Tokens tokens;
    private final IdentityConfig config;
    private final RateLimiter successes;
    private final RateLimiter failures;
    private final RateLimiter failuresOfAddress;

    SignIn(Database database, Clock clock, Tokens tokens, IdentityConfig config) {
        this.database = database;
        this.clock = clock;
        this.tokens = tokens;
        this.config = config;
        this.successes = perMinute(config.signInsPerMinute());
        this.failures = perMinute(config.failedSignInsPerMinute());
        this.failuresOfAddress = perMinute(config.failedSignInsPerAddressPerMinute());
    }

    /** The headers of a sign-in, as they came. */
    record Request(
            @Nullable String fingerprint,
            @Nullable String timestamp,
            @Nullable String nonce,
            @Nullable String signature) {}

    record Granted(String token, Duration life, Instant expiresAt, String fingerprint) {}

    /**
     * @param life how long the token should last, null = the default
     * @param address where the request comes from
     */
    Granted exchange(Request request, @Nullable Duration life, String address) {
        String fingerprint = header("X-SSH-Fingerprint", request.fingerprint(), FINGERPRINT, "SHA256:… of the key");
        String timestamp = header("X-SSH-Timestamp", request.timestamp(), TIMESTAMP, "the time in unix seconds");
        String nonce = header("X-SSH-Nonce", request.nonce(), NONCE, "1 to 256 hexadecimal digits");
        String suspect = address + " " + fingerprint;
        refuseWhile(failures.blocked(suspect));
        refuseWhile(failuresOfAddress.blocked(address));
        try {
            Instant signedAt = timestamp(timestamp);
            SshKey key = database.read(tx -> keys.byFingerprint(tx, fingerprint))
                    .orElseThrow(() -> new ApiException(ErrorCode.KEY_NOT_REGISTERED, "SSH key not registered"));
            String message = fingerprint + "\n" + timestamp + "\n" + nonce;
            verify(request.signature(), key, message.getBytes(StandardCharsets.UTF_8));
            useNonce(fingerprint, nonce, signedAt);
            refuseWhile(successes.spend(fingerprint));
            return grant(key, life);
        } catch (ApiException refusal) {
            if (refusal.code() != ErrorCode.RATE_LIMITED) {
                failures.spend(suspect);
                failuresOfAddress.spend(address);
            }
            throw refusal;
        }
    }

    /** What is granted for a wish: never more or less than the limits. */
    Duration granted(@Nullable Duration wish) {
        if (wish == null) {
            return config.tokenLifeDefault();
        }
        Duration atLeast = wish.compareTo(config.tokenLifeMin()) < 0 ? config.tokenLifeMin() : wish;
        return atLeast.compareTo(config.tokenLifeMax()) > 0 ? config.tokenLifeMax() : atLeast;
    }

    private Granted grant(SshKey key, @Nullable Duration wish) {
        Duration life = granted(wish);
        Instant now = clock.instant();
        Instant expiresAt = Instant.ofEpochSecond(now.getEpochSecond()).plus(life);
        String fingerprint = key.key().fingerprint();
        return new Granted(
                tokens.issue(key.userId(), key.id(), fingerprint, now, expiresAt), life, expiresAt, fingerprint);
    }

    private Instant timestamp(String text) {
        Instant now = clock.instant();
        try {
            Instant signedAt = Instant.ofEpochSecond(Long.parseLong(text));
            long off = Math.abs(signedAt.getEpochSecond() - now.getEpochSecond());
            if (off <= config.clockSkewMax().toSeconds()) {
                return signedAt;
            }
        } catch (DateTimeException | ArithmeticException e) {
            throw expired(now);
        }
        throw expired(now);
    }

    private static ApiException expired(Instant now) {
        return new ApiException(
                ErrorCode.TIMESTAMP_EXPIRED, "Timestamp expired", Map.of("server_time", now.getEpochSecond()));
    }

    private static void verify(@Nullable String header, SshKey key, byte[] message) {
        if (header == null || header.isBlank()) {
            throw ApiException.invalidField(
                    "X-SSH-Signature", "X-SSH-Signature is required: base64 of the armored SSH signature.");
        }
        boolean good;
        try {
            if (header.length() > SIGNATURE_LENGTH_MAX) {
                throw new SshFormatException("it is too long");
            }
            SshSignature signature =
                    SshSignature.parseArmored(Base64.getDecoder().decode(header.strip()));
            good = signature.key().line().equals(key.key().line()) && signature.verify(NAMESPACE, message);
        } catch (IllegalArgumentException e) {
            throw new ApiException(ErrorCode.INVALID_SIGNATURE, "Invalid SSH signature: the header is not base64");
        } catch (SshFormatException e) {
            throw new ApiException(ErrorCode.INVALID_SIGNATURE, "Invalid SSH signature: " + e.getMessage());
        }
        if (!good) {
            throw new ApiException(ErrorCode.INVALID_SIGNATURE, "Invalid SSH signature");
        }
    }

    /** After the signature, so that nobody can use up the nonces of others. */
    private void useNonce(String fingerprint, String nonce, Instant signedAt) {
        Instant keepUntil = signedAt.plus(config.clockSkewMax()).plus(NONCE_MARGIN);
        boolean fresh = database.inTransaction(tx -> {
            store.forgetNonces(tx, clock.instant());
            return store.useNonce(tx, fingerprint, nonce, keepUntil);
        });
        if (!fresh) {
            throw new ApiException(ErrorCode.NONCE_REUSED, "Nonce already used; make a new one for each sign-in");
        }
    }

    private RateLimiter perMinute(int count) {
        return new RateLimiter(clock, count, Duration.ofMinutes(1), count);
    }

    private static void refuseWhile(Optional<Duration> wait) {
        wait.ifPresent(time -> {
            throw RateLimiter.refusal(time, "Too many sign-ins; wait a little, and reuse the token while it is valid.");
        });
    }

    private static String header(String name, @Nullable String value, Pattern pattern, String expected) {
        if (value == null || !pattern.matcher(value).matches()) {
            throw ApiException.invalidField(name, name + " must be " + expected + ".");
        }
        return value;
    }
}
