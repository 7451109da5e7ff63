package com.mimiry.providers.verda;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.TestConfig;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.simulator.verda.Boot;
import com.mimiry.simulator.verda.MachineHost;
import com.mimiry.simulator.verda.VerdaEmulator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The adapter with a real database and an emulated Verda that share a clock which only the test moves. */
final class VerdaFixture implements AutoCloseable {
    static final String KIND = "1H100.80S.30V";
    static final String PLACE = "FIN-01";
    static final Boot BOOT =
            new Boot(Boot.Plan.NORMAL, Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(10));
    static final SecretBox SECRETS = SecretBox.withKey(SecretBox.newKey());

    final MovableClock clock = new MovableClock();
    /** The adapters' own. */
    final MortalClock mortal = new MortalClock(clock);

    final Database database = TestDatabase.create();
    final VerdaEmulator emulator = VerdaEmulator.start(0, clock, MachineHost.none());
    final List<EngineAddress> reached = new ArrayList<>();

    /** Of machines that nobody can reach. */
    final Engines engines = address -> {
        reached.add(address);
        throw new EngineException.Unreachable("nobody is at " + address.uri(), null);
    };

    final VerdaProvider provider = another(Map.of());

    VerdaFixture() {
        emulator.account().boot(BOOT);
    }

    /** A provider on the same database and account, as a second replica has it. */
    VerdaProvider another(Map<String, String> config) {
        return of(database, config);
    }

    /** A provider of another deployment on the same account. */
    VerdaProvider stranger() {
        return of(TestDatabase.create(), Map.of());
    }

    private VerdaProvider of(Database rows, Map<String, String> config) {
        Map<String, String> all = new HashMap<>(Map.of(
                "mimiry.providers.verda.client-id",
                VerdaEmulator.CLIENT_ID,
                "mimiry.providers.verda.client-secret",
                VerdaEmulator.CLIENT_SECRET,
                "mimiry.providers.verda.base-url",
                emulator.url(),
                "mimiry.providers.verda.call-timeout",
                "800ms",
                "mimiry.providers.verda.lists-per-minute",
                "120",
                "mimiry.providers.verda.list-patience",
                "30s",
                "mimiry.providers.verda.volume-patience",
                "10ms"));
        all.putAll(config);
        return new VerdaProvider(
                TestConfig.of(VerdaConfig.class, all),
                rows,
                new DeploymentId(rows, Ids.random()),
                SECRETS,
                mortal,
                new VerdaClientKey(rows, SECRETS),
                engines);
    }

    Offer offer() {
        return offer(KIND, PLACE, false);
    }

    Offer offer(String kind, String place, boolean spot) {
        return provider.offers().stream()
                .filter(offer -> offer.reference().equals(VerdaOffers.reference(kind, spot))
                        && offer.location().equals(place))
                .findFirst()
                .orElseThrow();
    }

    LaunchRequest request() {
        return new LaunchRequest(UUID.randomUUID(), UUID.randomUUID(), offer());
    }

    Machine running() {
        Machine machine = provider.launch(request());
        clock.advance(Duration.ofSeconds(61));
        return provider.machines().stream()
                .filter(listed -> listed.tag().equals(machine.tag()))
                .findFirst()
                .orElseThrow();
    }

    /** The machine that alone is there. */
    static Machine only(List<Machine> machines) {
        assertThat(machines).hasSize(1);
        return machines.getFirst();
    }

    boolean isProvenAbsent(UUID tag) {
        try {
            return provider.machines().stream()
                    .noneMatch(machine -> machine.tag().equals(tag));
        } catch (ProviderFailure.Unavailable _) {
            return false;
        }
    }

    long creates() {
        return emulator.calls().stream().filter("POST /instances"::equals).count();
    }

    @Override
    public void close() {
        emulator.close();
    }
}
