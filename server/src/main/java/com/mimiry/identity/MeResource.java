package com.mimiry.identity;

import com.mimiry.platform.Database;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who the caller is. */
@Path("/api/v1/me")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class MeResource {
    private final OrganizationStore organizations = new OrganizationStore();
    private final Database database;
    private final Callers callers;
    private final SshKeys keys;

    MeResource(Database database, Callers callers, SshKeys keys) {
        this.database = database;
        this.callers = callers;
        this.keys = keys;
    }

    record Key(UUID id, String title, String type, String fingerprint) {}

    record Belonging(UUID id, String name, String slug, boolean personal, String role, boolean suspended) {}

    /** @param sshKey the key that the token came from; null for an API key */
    record Me(
            UUID id,
            String email,
            String username,
            boolean operator,
            List<Belonging> organizations,
            @Nullable Key sshKey,
            Set<String> scopes) {}

    @GET
    @Access(Permission.SIGNED_IN)
    public Me me() {
        Caller caller = callers.current();
        List<Belonging> belongings = database.read(tx -> organizations.ofUser(tx, caller.userId())).stream()
                .map(MeResource::belonging)
                .toList();
        return new Me(
                caller.userId(),
                caller.email(),
                caller.username(),
                caller.operator(),
                belongings,
                key(caller),
                new TreeSet<>(caller.scopes()));
    }

    private @Nullable Key key(Caller caller) {
        return caller.sshKeyId() == null
                ? null
                : keys.byId(caller.userId(), caller.sshKeyId())
                        .map(key -> new Key(
                                key.id(),
                                key.title(),
                                key.key().type(),
                                key.key().fingerprint()))
                        .orElse(null);
    }

    private static Belonging belonging(OrganizationStore.Membership membership) {
        Organization organization = membership.organization();
        return new Belonging(
                organization.id(),
                organization.name(),
                organization.slug(),
                organization.personalOf() != null,
                membership.role().code(),
                organization.suspendedAt() != null);
    }
}
