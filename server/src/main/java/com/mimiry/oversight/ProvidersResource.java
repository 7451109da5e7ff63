package com.mimiry.oversight;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.Queries;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operator's view of providers. */
@Path("/api/compute/v1/admin/providers")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class ProvidersResource {
    private final Sweeps sweeps;
    private final ProviderAdmin admin;
    private final Callers callers;

    ProvidersResource(Sweeps sweeps, Database database, Clock clock, Ids ids, Callers callers) {
        this.sweeps = sweeps;
        this.admin = new ProviderAdmin(database, clock, ids);
        this.callers = callers;
    }

    record Providers(List<ProviderAdmin.Listed> providers) {}

    /** @param lastSweep what the timer last found and did; null before the first */
    record InventoryJson(SweepReport now, @Nullable SweepReport lastSweep) {}

    @GET
    @Access(Permission.OPERATOR)
    public Providers list() {
        return new Providers(admin.list());
    }

    /** Asks the provider now, and changes nothing. */
    @GET
    @Path("/{id}/inventory")
    @Access(Permission.OPERATOR)
    public InventoryJson inventory(@PathParam("id") String id) {
        String provider = known(id);
        return new InventoryJson(
                sweeps.look(provider, callers.current().email()),
                sweeps.last(provider).orElse(null));
    }

    /** Sweeps now. */
    @POST
    @Path("/{id}/sweep")
    @Access(Permission.OPERATOR)
    public SweepReport sweep(@PathParam("id") String id, @QueryParam("dry_run") @Nullable String dryRun) {
        return sweeps.sweep(known(id), callers.current().email(), Queries.flag("dry_run", dryRun, false));
    }

    private String known(String provider) {
        if (!sweeps.providers().contains(provider)) {
            throw new ApiException(
                    ErrorCode.NOT_FOUND,
                    "There is no provider %s here; there are: %s."
                            .formatted(provider, String.join(", ", sweeps.providers())));
        }
        return provider;
    }
}
