package com.mimiry.volumes;

import com.mimiry.api.CurrentRequest;
import com.mimiry.api.Fields;
import com.mimiry.api.Page;
import com.mimiry.api.Queries;
import com.mimiry.billing.Billing;
import com.mimiry.identity.Access;
import com.mimiry.identity.Callers;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Money;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.math.BigDecimal;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.eclipse.microprofile.openapi.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

/** {@code /api/compute/v1/volumes}. */
@Path(VolumesResource.PATH)
@Produces(MediaType.APPLICATION_JSON)
@Consumes(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
@Tag(name = "Volumes")
class VolumesResource {
    static final String PATH = "/api/compute/v1/volumes";

    private static final List<String> STATES =
            Arrays.stream(VolumeState.values()).map(VolumeState::text).toList();
    private static final List<String> OPERATIONS = Arrays.stream(VolumeOperation.values())
            .map(VolumeOperation::primary)
            .filter(primary -> !primary.isEmpty())
            .distinct()
            .toList();

    private final Volumes volumes;
    private final Billing billing;
    private final Callers callers;
    private final CurrentRequest http;
    private final Organizations organizations;
    private final Clock clock;

    VolumesResource(
            Volumes volumes,
            Billing billing,
            Callers callers,
            CurrentRequest http,
            Organizations organizations,
            Clock clock) {
        this.volumes = volumes;
        this.billing = billing;
        this.callers = callers;
        this.http = http;
        this.organizations = organizations;
        this.clock = clock;
    }

    @POST
    @Access(Permission.VOLUMES_WRITE)
    @Operation(summary = "Create a volume")
    @APIResponseSchema(value = VolumeJson.class, responseCode = "202")
    public Response create(@Nullable NewVolume body, @HeaderParam("Idempotency-Key") @Nullable String idempotencyKey) {
        Volume volume = volumes.create(callers.current(), Fields.body(body), http.idempotencyKey(), http.bodyHash());
        return Response.accepted(json(volume))
                .header("Location", PATH + "/" + volume.id())
                .build();
    }

    @GET
    @Access(Permission.VOLUMES_READ)
    @Operation(summary = "List volumes, newest first; deleted ones only where state names them")
    public VolumeList list(
            @QueryParam("state") @Nullable String state,
            @QueryParam("state_not") @Nullable String stateNot,
            @QueryParam("operation") @Nullable String operation,
            @QueryParam("operation_not") @Nullable String operationNot,
            @QueryParam("updated_after") @Nullable String updatedAfter,
            @QueryParam("updated_before") @Nullable String updatedBefore,
            @QueryParam("limit") @Nullable String limit,
            @QueryParam("offset") @Nullable String offset) {
        Page page = Page.of(limit, offset);
        List<String> states = Queries.csvOf("state", state, STATES);
        List<String> hidden = new ArrayList<>(Queries.csvOf("state_not", stateNot, STATES));
        if (states.isEmpty()) {
            hidden.add(VolumeState.DELETED.text());
        }
        VolumeFilter filter = new VolumeFilter(
                organizations.having(callers.current(), Permission.VOLUMES_READ),
                states,
                hidden,
                Queries.csvOf("operation", operation, OPERATIONS),
                Queries.csvOf("operation_not", operationNot, OPERATIONS),
                Queries.time("updated_after", updatedAfter),
                Queries.time("updated_before", updatedBefore),
                page.limit(),
                page.offset());
        Volumes.Listed listed = volumes.list(filter);
        Map<UUID, Money> costs =
                billing.accrued(listed.volumes().stream().map(Volume::id).toList(), clock.instant());
        return new VolumeList(
                listed.volumes().stream()
                        .map(volume -> VolumeJson.of(volume, costs.getOrDefault(volume.id(), Money.ZERO)))
                        .toList(),
                listed.total(),
                page.limit(),
                page.offset());
    }

    @GET
    @Path("/{id}")
    @Access(Permission.VOLUMES_READ)
    @Operation(summary = "A volume, also one that is deleted")
    public VolumeJson get(@PathParam("id") String id) {
        return json(volumes.get(callers.current(), Queries.id("volume", id)));
    }

    @PATCH
    @Path("/{id}")
    @Access(Permission.VOLUMES_WRITE)
    @Operation(summary = "Grow a volume, also while a session has it")
    @APIResponseSchema(value = VolumeJson.class, responseCode = "202")
    public Response grow(@PathParam("id") String id, @Nullable Growth body) {
        UUID volume = Queries.id("volume", id);
        return grown(volume, "size_gb", Fields.body(body).sizeGb());
    }

    @PUT
    @Path("/{id}")
    @Access(Permission.VOLUMES_WRITE)
    @Operation(summary = "Grow a volume: as PATCH, with another name for the size")
    @APIResponseSchema(value = VolumeJson.class, responseCode = "202")
    public Response growTo(@PathParam("id") String id, @Nullable NewSize body) {
        UUID volume = Queries.id("volume", id);
        return grown(volume, "new_size_gb", Fields.body(body).newSizeGb());
    }

    private Response grown(UUID id, String field, @Nullable BigDecimal size) {
        return Response.accepted(json(volumes.grow(callers.current(), id, field, size)))
                .build();
    }

    @DELETE
    @Path("/{id}")
    @Access(Permission.VOLUMES_WRITE)
    @Operation(summary = "Delete a volume with its contents: 202 the first time, 200 after")
    @APIResponseSchema(value = VolumeJson.class, responseCode = "202")
    @APIResponse(
            responseCode = "200",
            description = "Its end had been asked for before",
            content = @Content(schema = @Schema(implementation = VolumeJson.class)))
    public Response delete(@PathParam("id") String id) {
        Volumes.Deleted deleted = volumes.delete(callers.current(), Queries.id("volume", id));
        return Response.status(deleted.first() ? 202 : 200)
                .entity(json(deleted.volume()))
                .build();
    }

    private VolumeJson json(Volume volume) {
        return VolumeJson.of(volume, billing.accrued(volume.id(), clock.instant()));
    }

    record VolumeList(List<VolumeJson> volumes, long total, int limit, int offset) {}

    /** @param sizeGb what it shall have */
    record Growth(@Nullable BigDecimal sizeGb) {}

    /** @param newSizeGb what it shall have */
    record NewSize(@Nullable BigDecimal newSizeGb) {}
}
