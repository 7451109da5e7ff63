package com.mimiry.identity;

import com.mimiry.api.Fields;
import com.mimiry.api.Queries;
import com.mimiry.identity.ApiKeyStore.ApiKey;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;

/** The caller's own API keys. */
@Path("/api/v1/api-keys")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class ApiKeysResource {
    private final ApiKeys keys;
    private final Callers callers;

    ApiKeysResource(ApiKeys keys, Callers callers) {
        this.keys = keys;
        this.callers = callers;
    }

    /**
     * @param expiresIn seconds; null = never expires
     */
    record NewKey(
            @Nullable String title,
            @Nullable List<String> scopes,
            @Nullable Long expiresIn) {}

    record Key(
            UUID id,
            String title,
            String prefix,
            Set<String> scopes,
            Instant createdAt,
            @Nullable Instant expiresAt) {}

    /** @param apiKey the secret; never shown again */
    record MadeKey(
            UUID id,
            String title,
            String prefix,
            Set<String> scopes,
            Instant createdAt,
            @Nullable Instant expiresAt,
            String apiKey) {}

    record Keys(List<Key> apiKeys, int total) {}

    @GET
    @Access(Permission.SIGNED_IN)
    public Keys list() {
        List<Key> shown = keys.ofUser(callers.current().userId()).stream()
                .map(key -> new Key(
                        key.id(),
                        key.title(),
                        key.prefix(),
                        new TreeSet<>(key.scopes()),
                        key.createdAt(),
                        key.expiresAt()))
                .toList();
        return new Keys(shown, shown.size());
    }

    @POST
    @ResponseStatus(201)
    @APIResponseSchema(value = MadeKey.class, responseCode = "201")
    @Access(Permission.ACCOUNT_WRITE)
    public MadeKey create(@Nullable NewKey body) {
        NewKey wanted = Fields.body(body);
        ApiKeys.Made made = keys.create(callers.current(), wanted.title(), wanted.scopes(), wanted.expiresIn());
        ApiKey key = made.key();
        return new MadeKey(
                key.id(),
                key.title(),
                key.prefix(),
                new TreeSet<>(key.scopes()),
                key.createdAt(),
                key.expiresAt(),
                made.secret().reveal());
    }

    @DELETE
    @Path("/{id}")
    @Access(Permission.ACCOUNT_WRITE)
    public void revoke(@PathParam("id") String id) {
        keys.revoke(callers.current(), Queries.id("API key", id));
    }
}
