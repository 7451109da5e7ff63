package com.mimiry.catalog;

import com.mimiry.api.Queries;
import com.mimiry.catalog.AvailabilityJson.Catalog;
import com.mimiry.catalog.AvailabilityJson.KnownModel;
import com.mimiry.catalog.AvailabilityJson.Models;
import com.mimiry.identity.Access;
import com.mimiry.identity.Permission;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What can be had, and what is known; open to everybody. */
@Path("/api/compute/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
class AvailabilityResource {
    private static final int GPUS_MAX = 1_024;
    private static final int VRAM_GB_MAX = 1_000_000;
    private static final int AGE_SECONDS_MAX = 86_400;

    private final Market market;
    private final GpuCatalog catalog;

    AvailabilityResource(Market market, GpuCatalog catalog) {
        this.market = market;
        this.catalog = catalog;
    }

    @GET
    @Path("/availability")
    @Access(Permission.PUBLIC)
    public Models availability(
            @QueryParam("provider") @Nullable String provider,
            @QueryParam("gpu_family") @Nullable String family,
            @QueryParam("min_vram_gb") @Nullable String vramGbMin,
            @QueryParam("location") @Nullable String location,
            @QueryParam("form_factor") @Nullable String formFactor,
            @QueryParam("min_gpu_count") @Nullable String gpuCountMin,
            @QueryParam("available_only") @Nullable String availableOnly,
            @QueryParam("detail") @Nullable String detail,
            @QueryParam("max_age") @Nullable String maxAge) {
        AvailabilityQuery query = new AvailabilityQuery(
                AvailabilityQuery.lowerCase(provider),
                AvailabilityQuery.families(family, catalog),
                AvailabilityQuery.lowerCase(location),
                AvailabilityQuery.formFactors(formFactor, catalog),
                AvailabilityQuery.number("min_vram_gb", vramGbMin, 0, VRAM_GB_MAX),
                AvailabilityQuery.number("min_gpu_count", gpuCountMin, 1, GPUS_MAX)
                        .orElse(1),
                Queries.flag("available_only", availableOnly, true),
                AvailabilityQuery.detailed(detail),
                AvailabilityQuery.number("max_age", maxAge, 0, AGE_SECONDS_MAX).map(Duration::ofSeconds));
        Market.Snapshot snapshot = query.maxAge().map(market::noOlderThan).orElseGet(market::current);
        return new Models(new Availability(query, catalog, snapshot::isCooling).rows(snapshot.candidates()));
    }

    @GET
    @Path("/catalog")
    @Access(Permission.PUBLIC)
    public Catalog catalog() {
        return new Catalog(
                catalog.entries().stream().map(AvailabilityResource::known).toList());
    }

    private static KnownModel known(GpuEntry entry) {
        GpuModel model = entry.model();
        Set<String> aliases = new LinkedHashSet<>(entry.shortForms());
        aliases.addAll(entry.otherNames());
        return new KnownModel(
                model.name(),
                model.displayName(),
                model.family(),
                model.vramGb(),
                model.formFactor(),
                entry.computeCapability(),
                entry.cpuArchitecture(),
                aliases);
    }
}
