package com.mimiry.oversight;

import com.mimiry.api.Fields;
import com.mimiry.identity.Access;
import com.mimiry.identity.Actor;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Database;
import com.mimiry.providers.docker.DockerFleet.Host;
import com.mimiry.providers.docker.DockerFleet.Lost;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jboss.resteasy.reactive.ResponseStatus;
import org.jspecify.annotations.Nullable;

/** The machines of a fleet, as {@code ./mimiry admin host} has them. */
@Path("/api/compute/v1/admin/hosts")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class HostsResource {
    private static final int TEXT_MAX = 2_000;

    private final Hosts hosts;
    private final Callers callers;

    HostsResource(Database database, Clock clock, Callers callers) {
        this.hosts = new Hosts(database, clock);
        this.callers = callers;
    }

    record Listed(List<Host> hosts) {}

    /**
     * @param uri such as {@code ssh://root@10.0.0.5}
     * @param hostKey the public key that it must prove to have
     * @param name null = its address
     * @param location what customers see; null = its name
     * @param gpus declared ones, such as {@code T4:4}; null = none
     */
    record NewHost(
            @Nullable String uri,
            @Nullable String hostKey,
            @Nullable String name,
            @Nullable String location,
            @Nullable String gpus) {}

    /** All: how they are, what they have, and how much is on them. */
    @GET
    @Access(Permission.OPERATOR)
    public Listed list() {
        return new Listed(hosts.list());
    }

    /** Its authorized_keys must have the server's public key. */
    @POST
    @ResponseStatus(201)
    @APIResponseSchema(value = Host.class, responseCode = "201")
    @Access(Permission.OPERATOR)
    public Host add(@Nullable NewHost body) {
        NewHost asked = Fields.body(body);
        String name = hosts.add(
                actor(),
                Fields.text("uri", asked.uri(), 1, TEXT_MAX),
                Fields.text("host_key", asked.hostKey(), 1, TEXT_MAX),
                asked.name(),
                asked.location() == null ? null : Fields.text("location", asked.location(), 1, 64),
                Objects.requireNonNullElse(asked.gpus(), ""));
        return hosts.list().stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** No new sessions and volumes from now on; those that run go on until they end or are ended. */
    @POST
    @Path("/{id}/drain")
    @Access(Permission.OPERATOR)
    public Listed drain(@PathParam("id") String id) {
        hosts.drain(actor(), id);
        return list();
    }

    /** Ends a drain. */
    @POST
    @Path("/{id}/resume")
    @Access(Permission.OPERATOR)
    public Listed resume(@PathParam("id") String id) {
        hosts.resume(actor(), id);
        return list();
    }

    /** @param reason what owners of volumes there read, and the audit log says */
    record LostHost(@Nullable String reason) {}

    /** Gives up a drained host that will not come back: its sessions and volumes count as gone from now on. */
    @POST
    @Path("/{id}/lost")
    @Access(Permission.OPERATOR)
    public Lost lose(@PathParam("id") String id, @Nullable LostHost body) {
        return hosts.lose(actor(), id, Fields.text("reason", Fields.body(body).reason(), 1, TEXT_MAX));
    }

    /** Forgets a host that is drained and empty. */
    @DELETE
    @Path("/{id}")
    @Access(Permission.OPERATOR)
    public Listed remove(@PathParam("id") String id) {
        hosts.remove(actor(), id);
        return list();
    }

    private Actor actor() {
        return Actor.of(callers.current());
    }
}
