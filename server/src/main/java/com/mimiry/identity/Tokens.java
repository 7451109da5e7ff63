package com.mimiry.identity;

import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import jakarta.inject.Singleton;
import java.security.Key;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.spec.SecretKeySpec;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.jwx.JsonWebStructure;
import org.jose4j.lang.JoseException;
import org.jose4j.lang.UnresolvableKeyException;
import org.jspecify.annotations.Nullable;

/**
 * Makes and reads tokens. They are signed with a key in the database, so that they outlive restarts and hold on every
 * replica. {@code keys} is read again when a token names a key that it lacks; a race only reads twice.
 */
@Singleton
class Tokens {
    private static final String ISSUER = "mimiry";
    private static final String KEY_ID = "ssh_key_id";
    private static final int VERIFIED_MAX = 10_000;
    private static final Duration RELOAD_INTERVAL = Duration.ofSeconds(5);

    private final TokenStore store = new TokenStore();
    private final Database database;
    private final Clock clock;
    private final Ids ids;
    private final Map<String, Verified> verified = Collections.synchronizedMap(new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Verified> eldest) {
            return size() > VERIFIED_MAX;
        }
    });
    private volatile TokenStore.@Nullable Keys keys;
    private volatile Instant loadedAt = Instant.MIN;

    Tokens(Database database, Clock clock, Ids ids) {
        this.database = database;
        this.clock = clock;
        this.ids = ids;
    }

    /** A token whose signature was found good: that stays so; its end is looked at each time. */
    private record Verified(Claims claims, Instant expiresAt) {}

    /** What a good token says; whether the key still counts is for the database to say. */
    record Claims(UUID userId, UUID sshKeyId) {}

    String issue(UUID userId, UUID sshKeyId, String fingerprint, Instant now, Instant expiresAt) {
        TokenStore.Keys current = keys == null ? load() : keys;
        JwtClaims claims = new JwtClaims();
        claims.setIssuer(ISSUER);
        claims.setSubject(userId.toString());
        claims.setJwtId(ids.next().toString());
        claims.setIssuedAt(NumericDate.fromSeconds(now.getEpochSecond()));
        claims.setExpirationTime(NumericDate.fromSeconds(expiresAt.getEpochSecond()));
        claims.setStringClaim(KEY_ID, sshKeyId.toString());
        claims.setStringClaim("fingerprint", fingerprint);
        JsonWebSignature jws = new JsonWebSignature();
        jws.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
        jws.setKeyIdHeaderValue(current.newest().toString());
        jws.setHeader("typ", "JWT");
        jws.setKey(key(current.secrets().get(current.newest())));
        jws.setPayload(claims.toJson());
        try {
            return jws.getCompactSerialization();
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Empty for whatever is not a token of ours that is valid now. */
    Optional<Claims> read(String token) {
        Verified known = verified.get(token);
        if (known == null) {
            known = verify(token);
            if (known == null) {
                return Optional.empty();
            }
            verified.put(token, known);
        }
        return clock.instant().isBefore(known.expiresAt()) ? Optional.of(known.claims()) : Optional.empty();
    }

    private @Nullable Verified verify(String token) {
        try {
            JwtClaims claims = new JwtConsumerBuilder()
                    .setJwsAlgorithmConstraints(
                            new AlgorithmConstraints(ConstraintType.PERMIT, AlgorithmIdentifiers.HMAC_SHA256))
                    .setVerificationKeyResolver((jws, nesting) -> resolve(jws, nesting))
                    .setRequireExpirationTime()
                    .setRequireSubject()
                    .setExpectedIssuer(ISSUER)
                    .setEvaluationTime(NumericDate.fromSeconds(clock.instant().getEpochSecond()))
                    .build()
                    .processToClaims(token);
            return new Verified(
                    new Claims(
                            UUID.fromString(claims.getSubject()), UUID.fromString(claims.getStringClaimValue(KEY_ID))),
                    Instant.ofEpochSecond(claims.getExpirationTime().getValue()));
        } catch (InvalidJwtException | MalformedClaimException | IllegalArgumentException | NullPointerException e) {
            return null;
        }
    }

    private Key resolve(JsonWebSignature jws, List<JsonWebStructure> nesting) throws UnresolvableKeyException {
        byte[] secret = secret(String.valueOf(jws.getKeyIdHeaderValue()));
        if (secret == null || !nesting.isEmpty()) {
            throw new UnresolvableKeyException("no such key");
        }
        return key(secret);
    }

    private byte @Nullable [] secret(String keyId) {
        UUID id;
        try {
            id = UUID.fromString(keyId);
        } catch (IllegalArgumentException e) {
            return null;
        }
        TokenStore.Keys current = keys == null ? load() : keys;
        byte[] secret = current.secrets().get(id);
        boolean mayBeNew = clock.instant().isAfter(loadedAt.plus(RELOAD_INTERVAL));
        return secret == null && mayBeNew ? load().secrets().get(id) : secret;
    }

    private TokenStore.Keys load() {
        TokenStore.Keys loaded = database.inTransaction(tx -> {
            store.ensureKey(tx, ids.next(), Secrets.key(), clock.instant());
            return store.keys(tx);
        });
        keys = loaded;
        loadedAt = clock.instant();
        return loaded;
    }

    private static Key key(byte @Nullable [] secret) {
        if (secret == null) {
            throw new IllegalStateException("the newest token key vanished");
        }
        return new SecretKeySpec(secret, "HmacSHA256");
    }
}
