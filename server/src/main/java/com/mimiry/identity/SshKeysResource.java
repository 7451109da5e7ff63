package com.mimiry.identity;

import com.mimiry.api.Fields;
import com.mimiry.api.Queries;
import com.mimiry.identity.SshKeys.SshKey;
import com.mimiry.platform.Database;
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
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;

/** The caller's own SSH keys. */
@Path("/api/v1/ssh-keys")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class SshKeysResource {
    private final SshKeyStore store = new SshKeyStore();
    private final Database database;
    private final Callers callers;
    private final Accounts accounts;

    SshKeysResource(Database database, Callers callers, Accounts accounts) {
        this.database = database;
        this.callers = callers;
        this.accounts = accounts;
    }

    record NewKey(@Nullable String title, @Nullable String publicKey) {}

    record Key(UUID id, String title, String type, String fingerprint, String publicKey, Instant createdAt) {}

    record Keys(List<Key> sshKeys, int total) {}

    @GET
    @Access(Permission.SIGNED_IN)
    public Keys list() {
        UUID userId = callers.current().userId();
        List<Key> keys = database.read(tx -> store.ofUser(tx, userId)).stream()
                .map(registered -> shown(registered.key(), registered.createdAt()))
                .toList();
        return new Keys(keys, keys.size());
    }

    @POST
    @ResponseStatus(201)
    @APIResponseSchema(value = Key.class, responseCode = "201")
    @Access(Permission.ACCOUNT_WRITE)
    public Key add(@Nullable NewKey body) {
        NewKey wanted = Fields.body(body);
        Caller caller = callers.current();
        SshKey added = accounts.addKey(Actor.of(caller), caller.userId(), wanted.publicKey(), wanted.title());
        return list().sshKeys().stream()
                .filter(key -> key.id().equals(added.id()))
                .findFirst()
                .orElseThrow(() -> Queries.notFound("SSH key"));
    }

    @DELETE
    @Path("/{id}")
    @Access(Permission.ACCOUNT_WRITE)
    public void delete(@PathParam("id") String id) {
        Caller caller = callers.current();
        accounts.deleteKey(Actor.of(caller), caller.userId(), Queries.id("SSH key", id));
    }

    private static Key shown(SshKey key, Instant createdAt) {
        return new Key(
                key.id(),
                key.title(),
                key.key().type(),
                key.key().fingerprint(),
                key.key().line(),
                createdAt);
    }
}
