package com.mimiry.providers.verda;

import com.mimiry.containers.Engines;
import com.mimiry.platform.Database;
import com.mimiry.platform.Secret;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.StartFailure;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.ProviderPace;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.verda.VerdaMachines.Seen;
import com.mimiry.providers.verda.VerdaMachines.Sight;
import io.quarkus.arc.lookup.LookupUnlessProperty;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Instances at Verda as machines. Verda knows no idempotency, so a create is sent once for each tag, ever; what became of it
 * is read from its answer or from listings. There is no such provider where no client id is configured.
 */
@Singleton
@LookupUnlessProperty(name = "mimiry.providers.verda.client-id", stringValue = "", lookupIfMissing = false)
public final class VerdaProvider implements Provider {
    static final String NAME = "verda";

    /** How long a machine that has ended is remembered, so that no launch that comes late makes it again. */
    private static final Duration ENDED_KEPT_FOR = Duration.ofDays(30);

    private final VerdaConfig config;
    private final VerdaApi api;
    private final VerdaCatalog catalog;
    private final VerdaOffers offers;
    private final VerdaVolumes volumes;
    private final VerdaLaunch launch;
    private final VerdaMachines machines;
    private final VerdaEnd end;
    private final VerdaLeftovers leftovers;
    private final VerdaCircuit circuit;
    private final ProviderPace pace;
    private final VerdaBalance balance;
    private final Database database;
    private final Clock clock;
    private final VerdaMachineStore store = new VerdaMachineStore();

    VerdaProvider(
            VerdaConfig config,
            Database database,
            DeploymentId deployment,
            SecretBox secrets,
            Clock clock,
            VerdaClientKey clientKey,
            Engines engines) {
        String clientId = config.clientId().orElse("");
        Secret clientSecret = config.clientSecret()
                .orElseThrow(() -> new StartFailure(
                        "mimiry.providers.verda.client-id is set, and mimiry.providers.verda.client-secret is not."));
        // An emulator may be asked as often as one likes.
        int callsMax = config.simulated() ? 1_000_000 : 120;
        requireInRange("lists-per-minute", config.listsPerMinute(), 1, callsMax);
        requireInRange("records-per-minute", config.recordsPerMinute(), 1, callsMax);
        requireInRange("os-volume-gb", config.osVolumeGb(), 50, 10_000);
        requireInRange("ssh-port", config.sshPort(), 1, 65_535);
        this.config = config;
        this.database = database;
        this.clock = clock;
        VerdaNames names = new VerdaNames(deployment.get());
        this.circuit = new VerdaCircuit(clock);
        VerdaHttp http = new VerdaHttp(config.baseUrl(), config.callTimeout(), clock, circuit);
        this.api = new VerdaApi(http, new VerdaTokens(http, clientId, clientSecret, clock), names);
        this.catalog = new VerdaCatalog(api, config.image().orElse(null), clock);
        this.offers = new VerdaOffers(config);
        this.balance = new VerdaBalance(api, config.balanceLow(), clock);
        this.pace = pace("lists", config.listsPerMinute());
        VerdaListing listing = new VerdaListing(api, pace);
        VerdaSshKey sshKey = new VerdaSshKey(api, names, clientKey::publicKey);
        this.volumes = new VerdaVolumes(config, api, names, new VerdaDiskMounts(engines), database, clock);
        this.launch = new VerdaLaunch(config, api, names, sshKey, catalog::kind, database, secrets, volumes, clock);
        this.machines = new VerdaMachines(
                api,
                listing,
                pace("records", config.recordsPerMinute()),
                balance,
                database,
                config.appearWithin(),
                clock);
        this.end = new VerdaEnd(api, listing, volumes, config.sshPort(), database, clock);
        this.leftovers =
                new VerdaLeftovers(api, names, machines, end, sshKey, volumes, database, deployment.get(), clock);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Offer> offers() {
        balance.keepFresh();
        List<VerdaKind> kinds = catalog.ask();
        Map<String, Set<String>> onDemand = api.availability(false);
        return offers.offers(kinds, onDemand, config.spot() ? api.availability(true) : Map.of());
    }

    @Override
    public Machine launch(LaunchRequest request) {
        boolean made = launch.launch(request);
        VerdaMachine row = database.read(tx -> store.find(tx, request.tag())).orElseThrow();
        if (!made) {
            return found(request.tag(), row);
        }
        return machine(request.tag(), row, null);
    }

    /** A tag that was launched before: never again, whatever became of it. */
    private Machine found(UUID tag, VerdaMachine row) {
        if (row.destroyAskedAt() != null || row.isOver()) {
            throw new ProviderFailure.InvalidRequest("machine " + tag + " has ended, or was refused, at verda");
        }
        Seen seen = machines.look().there().get(tag);
        if (seen == null) {
            throw new ProviderFailure.Unavailable(
                    "machine " + tag + " was asked of verda and does not show there", null);
        }
        return machine(tag, row, seen.instance());
    }

    @Override
    public List<Machine> machines() {
        Sight sight = machines.look();
        if (!sight.unproven().isEmpty()) {
            throw new ProviderFailure.Unavailable(
                    "whether verda has these machines is not known yet: " + sight.unproven(), null);
        }
        return shown(sight);
    }

    /** One machine of which nobody knows yet whether it was made holds up no other. */
    @Override
    public Listing listing() {
        Sight sight = machines.look();
        return new Listing(
                shown(sight),
                tag -> !sight.unproven().contains(tag),
                sight.foreign(),
                sight.unproven().isEmpty()
                        ? ""
                        : "whether verda has these machines is not known yet: " + sight.unproven());
    }

    private List<Machine> shown(Sight sight) {
        return sight.there().values().stream()
                .map(seen -> machine(seen.tag(), seen.row(), seen.instance()))
                .toList();
    }

    @Override
    public void destroy(UUID tag) {
        end.destroy(tag);
        database.useTransaction(tx -> store.forget(tx, clock.instant().minus(ENDED_KEPT_FOR)));
    }

    @Override
    public Optional<VolumeProvider> volumes() {
        return Optional.of(volumes);
    }

    @Override
    public Optional<Instant> leftAloneUntil() {
        return circuit.openUntil();
    }

    @Override
    public Optional<Rate> rate() {
        return Optional.of(new Rate(config.listsPerMinute(), clock.instant().plus(pace.queue())));
    }

    @Override
    public Optional<Balance> balance() {
        return balance.last();
    }

    @Override
    public Optional<Ended> ended(UUID tag) {
        return database.read(tx -> store.find(tx, tag)).map(VerdaMachine::ended);
    }

    private ProviderPace pace(String kind, int perMinute) {
        return new ProviderPace(
                database,
                config.baseUrl() + " " + config.clientId().orElse(""),
                kind,
                ProviderPace.perMinute(perMinute),
                config.listPatience());
    }

    VerdaLeftovers leftovers() {
        return leftovers;
    }

    private Machine machine(UUID tag, @Nullable VerdaMachine row, @Nullable VerdaInstance instance) {
        String reference = instance != null
                ? instance.id().toString()
                : row != null && row.instanceId() != null ? row.instanceId().toString() : tag.toString();
        String ip = instance != null && instance.ip() != null ? instance.ip() : row == null ? null : row.ip();
        int gpus = row != null && row.gpus() >= 0 ? row.gpus() : instance == null ? 0 : Math.max(0, instance.gpus());
        long memory = row != null && row.memoryBytes() > 0
                ? row.memoryBytes()
                : VerdaMachines.memoryForSessions(instance == null ? 0 : instance.memoryBytes());
        Instant now = clock.instant();
        Instant launchedAt = row != null && instance != null
                ? VerdaMachines.launchedAt(instance, row, now)
                : instance != null
                        ? Objects.requireNonNullElse(instance.createdAt(), now)
                        : Objects.requireNonNullElse(Objects.requireNonNull(row).launchedAt(), now);
        return new Machine(
                tag,
                reference,
                state(row, instance, ip),
                VerdaLogins.address(tag, config.sshPort()),
                config.simulated()
                        ? List.of()
                        : IntStream.range(0, gpus).mapToObj(Integer::toString).toList(),
                new Limits(memory, 0, 0),
                launchedAt,
                instance == null ? null : instance.words());
    }

    /** A machine that has run is shown as running until it ends: what the list says of it in between may flap. */
    private static MachineState state(
            @Nullable VerdaMachine row, @Nullable VerdaInstance instance, @Nullable String ip) {
        if (instance == null) {
            return MachineState.STARTING;
        }
        return switch (instance.status()) {
            case DELETING, FAILED, DISCONTINUED -> MachineState.ENDING;
            case RUNNING -> ip == null ? MachineState.STARTING : MachineState.RUNNING;
            case STARTING, OFFLINE, UNKNOWN ->
                row != null && row.ranAt() != null && ip != null ? MachineState.RUNNING : MachineState.STARTING;
        };
    }

    private static void requireInRange(String key, int value, int min, int max) {
        if (value < min || value > max) {
            throw new StartFailure(
                    "mimiry.providers.verda.%s must be from %d to %d, not %d.".formatted(key, min, max, value));
        }
    }
}
