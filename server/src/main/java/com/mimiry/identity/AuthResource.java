package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.CurrentRequest;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The exchange of an SSH signature for a token. */
@Path("/api/v1/auth/token")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class AuthResource {
    private final SignIn signIn;
    private final CurrentRequest request;
    private final IdentityConfig config;

    AuthResource(SignIn signIn, CurrentRequest request, IdentityConfig config) {
        this.signIn = signIn;
        this.request = request;
        this.config = config;
    }

    record Wish(@Nullable Long expiresIn) {}

    record Token(String accessToken, String tokenType, long expiresIn, Instant expiresAt, String fingerprint) {}

    record Limits(long minExpiresIn, long defaultExpiresIn, long maxExpiresIn) {}

    @POST
    @Access(Permission.PUBLIC)
    public Token exchange(
            @HeaderParam("X-SSH-Fingerprint") @Nullable String fingerprint,
            @HeaderParam("X-SSH-Timestamp") @Nullable String timestamp,
            @HeaderParam("X-SSH-Nonce") @Nullable String nonce,
            @HeaderParam("X-SSH-Signature") @Nullable String signature,
            @Nullable Wish wish) {
        SignIn.Granted granted = signIn.exchange(
                new SignIn.Request(fingerprint, timestamp, nonce, signature),
                life(wish == null ? null : wish.expiresIn()),
                request.remoteAddress());
        return new Token(
                granted.token(), "Bearer", granted.life().toSeconds(), granted.expiresAt(), granted.fingerprint());
    }

    @GET
    @Path("/limits")
    @Access(Permission.PUBLIC)
    public Limits limits() {
        return new Limits(
                config.tokenLifeMin().toSeconds(),
                config.tokenLifeDefault().toSeconds(),
                config.tokenLifeMax().toSeconds());
    }

    private @Nullable Duration life(@Nullable Long expiresIn) {
        if (expiresIn == null) {
            return null;
        }
        if (expiresIn <= 0) {
            throw ApiException.invalidField("expires_in", "expires_in must be a number of seconds above 0.");
        }
        return Duration.ofSeconds(Math.min(expiresIn, config.tokenLifeMax().toSeconds()));
    }
}
