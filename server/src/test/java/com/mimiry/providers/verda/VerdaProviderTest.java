package com.mimiry.providers.verda;

import static com.mimiry.providers.verda.VerdaFixture.only;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.platform.Ids;
import com.mimiry.platform.StartFailure;
import com.mimiry.platform.TestConfig;
import com.mimiry.providers.DeploymentId;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.EndReason;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.Provider.MachineState;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.simulator.verda.Boot;
import com.mimiry.simulator.verda.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Machines at an emulated Verda with all of its quirks: what is seen of them, and that they end. */
class VerdaProviderTest {
    private final VerdaFixture verda = new VerdaFixture();

    @AfterEach
    void close() {
        verda.close();
    }

    @Test
    void a_launched_machine_starts_then_runs_at_its_address_and_lasts_until_it_is_destroyed() {
        LaunchRequest request = verda.request();
        Machine launched = verda.provider.launch(request);
        assertThat(launched.state()).isEqualTo(MachineState.STARTING);
        assertThat(launched.launchedAt()).isEqualTo(verda.clock.instant());
        verda.clock.advance(Duration.ofSeconds(61));
        Machine running = only(verda.provider.machines());
        assertThat(running.tag()).isEqualTo(request.tag());
        assertThat(running.state()).isEqualTo(MachineState.RUNNING);
        assertThat(running.launchedAt()).isEqualTo(launched.launchedAt());
        assertThat(running.gpuIds()).containsExactly("0");
        assertThat(running.limits().memoryBytes()).isLessThan(120L << 30).isGreaterThan(110L << 30);
        verda.provider.destroy(request.tag());
        assertThat(only(verda.provider.machines()).state()).isEqualTo(MachineState.ENDING);
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(verda.provider.machines()).isEmpty();
    }

    @Test
    void a_delete_is_refused_while_provisioning_and_asked_for_again_until_it_is_obeyed() {
        LaunchRequest request = verda.request();
        verda.provider.launch(request);
        verda.provider.destroy(request.tag());
        verda.provider.destroy(request.tag());
        assertThat(only(verda.provider.machines()).tag()).isEqualTo(request.tag());
        verda.clock.advance(Duration.ofSeconds(61));
        verda.provider.destroy(request.tag());
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(verda.provider.machines()).isEmpty();
        verda.provider.destroy(request.tag());
        assertThat(verda.emulator.account().diskNames()).isEmpty();
    }

    @Test
    void a_machine_whose_create_was_lost_is_found_and_destroyed_by_its_tag() {
        LaunchRequest request = verda.request();
        verda.emulator.faults().next("POST /instances", Fault.RESET_AFTER_EFFECT);
        assertThatThrownBy(() -> verda.provider.launch(request)).isInstanceOf(ProviderFailure.Unavailable.class);
        verda.clock.advance(Duration.ofSeconds(61));
        verda.provider.destroy(request.tag());
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(verda.emulator.account().live()).isEmpty();
    }

    @Test
    void a_list_that_says_that_it_lacks_entries_is_no_listing() {
        verda.running();
        verda.emulator.faults().next("GET /instances", Fault.PARTIAL_LIST_COUNTED);
        assertThatThrownBy(verda.provider::machines).isInstanceOf(ProviderFailure.Unavailable.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"PARTIAL_LIST", "STALE_LIST"})
    void a_machine_that_a_list_lacks_is_there_as_long_as_its_own_record_says_so(Fault fault) {
        LaunchRequest request = verda.request();
        verda.provider.launch(request);
        verda.emulator.faults().next("GET /instances", fault);
        assertThat(only(verda.provider.machines()).tag()).isEqualTo(request.tag());
    }

    @Test
    void absence_is_not_proven_while_the_record_cannot_be_read() {
        Machine machine = verda.running();
        verda.emulator.account().reclaim(machine.reference());
        verda.emulator.faults().next("GET /instances/", Fault.ERROR_500);
        assertThat(verda.isProvenAbsent(machine.tag())).isFalse();
        assertThat(verda.isProvenAbsent(machine.tag())).isTrue();
    }

    @Test
    void a_machine_that_verda_takes_back_is_absent() {
        Machine machine = verda.provider.launch(spotRequest());
        verda.clock.advance(Duration.ofSeconds(61));
        verda.emulator.account().reclaim(machine.reference());
        assertThat(verda.provider.machines()).isEmpty();
        assertThat(verda.emulator.account().diskNames()).isEmpty();
    }

    @Test
    void why_verda_ended_a_machine_is_told_apart() {
        Machine asked = verda.running();
        Machine onDemand = verda.running();
        Machine spot = verda.provider.launch(spotRequest());
        Machine paidFrom = verda.provider.launch(spotRequest());
        verda.clock.advance(Duration.ofSeconds(61));
        verda.provider.machines();
        verda.provider.destroy(asked.tag());
        verda.emulator.account().reclaim(onDemand.reference());
        verda.emulator.account().reclaim(spot.reference());
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(only(verda.provider.machines()).tag()).isEqualTo(paidFrom.tag());
        verda.emulator.account().runDry();
        assertThat(verda.provider.machines()).isEmpty();
        VerdaProvider other = verda.another(Map.of());
        assertThat(other.ended(asked.tag())).isEmpty();
        assertThat(other.ended(UUID.randomUUID())).isEmpty();
        assertThat(reason(other, onDemand)).isEqualTo(EndReason.UNEXPLAINED);
        assertThat(reason(other, spot)).isEqualTo(EndReason.SPOT_RECLAIMED);
        assertThat(reason(other, paidFrom)).isEqualTo(EndReason.ACCOUNT_EMPTY);
        verda.provider.destroy(spot.tag());
        assertThat(reason(other, spot)).isEqualTo(EndReason.SPOT_RECLAIMED);
    }

    private static EndReason reason(VerdaProvider provider, Machine machine) {
        return provider.ended(machine.tag()).orElseThrow().reason();
    }

    private LaunchRequest spotRequest() {
        return new LaunchRequest(
                UUID.randomUUID(), UUID.randomUUID(), verda.offer(VerdaFixture.KIND, VerdaFixture.PLACE, true));
    }

    @ParameterizedTest
    @EnumSource(
            value = Boot.Plan.class,
            names = {"NO_CAPACITY", "INSTALLATION_FAILED"})
    void verdas_own_word_for_a_failure_is_passed_on(Boot.Plan plan) {
        verda.emulator.account().boot(VerdaFixture.BOOT.with(plan));
        assertThat(verda.running().detail()).contains(plan.name().toLowerCase(Locale.ROOT));
    }

    @Test
    void a_status_that_flaps_does_not_take_a_running_machine_from_its_session() {
        verda.emulator.account().boot(VerdaFixture.BOOT.with(Boot.Plan.FLAPPING));
        verda.running();
        for (int i = 0; i < 6; i++) {
            assertThat(only(verda.provider.machines()).state()).isEqualTo(MachineState.RUNNING);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Boot.Plan.class,
            names = {"NO_CAPACITY", "INSTALLATION_FAILED"})
    void a_machine_that_failed_to_come_up_is_ending_and_can_be_destroyed(Boot.Plan plan) {
        verda.emulator.account().boot(VerdaFixture.BOOT.with(plan));
        Machine failed = verda.running();
        assertThat(failed.state()).isEqualTo(MachineState.ENDING);
        verda.provider.destroy(failed.tag());
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(verda.emulator.account().live()).isEmpty();
    }

    @Test
    void a_machine_that_never_boots_is_starting_for_ever() {
        verda.emulator.account().boot(VerdaFixture.BOOT.with(Boot.Plan.NEVER));
        verda.provider.launch(verda.request());
        verda.clock.advance(Duration.ofHours(1));
        assertThat(only(verda.provider.machines()).state()).isEqualTo(MachineState.STARTING);
    }

    @Test
    void an_expired_token_is_renewed_in_the_middle_of_everything() {
        verda.provider.machines();
        verda.clock.advance(Duration.ofHours(2));
        assertThat(verda.provider.machines()).isEmpty();
        verda.emulator.faults().next("GET /instances", Fault.UNAUTHORIZED);
        assertThat(verda.provider.machines()).isEmpty();
        assertThat(tokensFetched()).isEqualTo(3);
    }

    @Test
    void many_callers_share_one_token() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<List<Offer>>> calls = IntStream.range(0, 10)
                    .<Callable<List<Offer>>>mapToObj(_ -> verda.provider::offers)
                    .toList();
            for (var done : threads.invokeAll(calls)) {
                assertThat(done.get()).isNotEmpty();
            }
        }
        assertThat(tokensFetched()).isEqualTo(1);
    }

    private long tokensFetched() {
        return verda.emulator.calls().stream()
                .filter("POST /oauth2/token"::equals)
                .count();
    }

    @Test
    void callers_who_ask_at_the_same_time_share_a_listing_and_replicas_share_the_pace() throws Exception {
        VerdaProvider other = verda.another(Map.of());
        verda.provider.machines();
        long before = lists();
        long begun = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<List<Machine>>> calls = IntStream.range(0, 40)
                    .<Callable<List<Machine>>>mapToObj(i -> i % 2 == 0 ? verda.provider::machines : other::machines)
                    .toList();
            for (var done : threads.invokeAll(calls)) {
                assertThat(done.get()).isEmpty();
            }
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        long asked = lists() - before;
        assertThat(asked).isLessThanOrEqualTo((long) (seconds / 0.5) + 1).isLessThanOrEqualTo(6);
    }

    private long lists() {
        return verda.emulator.calls().stream().filter("GET /instances"::equals).count();
    }

    @Test
    void a_listing_that_would_wait_too_long_says_so_instead() {
        VerdaProvider hurried = verda.another(
                Map.of("mimiry.providers.verda.lists-per-minute", "1", "mimiry.providers.verda.list-patience", "1s"));
        hurried.machines();
        assertThatThrownBy(hurried::machines).isInstanceOf(ProviderFailure.RateLimited.class);
    }

    @Test
    void a_dead_provider_is_soon_left_alone_and_then_tried_again() {
        LaunchRequest request = verda.request();
        verda.provider.machines();
        verda.emulator.faults().next("GET /instances", Fault.SILENCE, 4);
        for (int i = 0; i < 4; i++) {
            assertThatThrownBy(verda.provider::machines).isInstanceOf(ProviderFailure.Unavailable.class);
        }
        assertThatThrownBy(() -> verda.provider.launch(request)).isInstanceOf(ProviderFailure.RateLimited.class);
        verda.clock.advance(Duration.ofSeconds(3));
        assertThat(verda.provider.machines()).isEmpty();
    }

    @Test
    void a_client_id_without_its_secret_stops_the_start() {
        VerdaConfig config = TestConfig.of(VerdaConfig.class, Map.of("mimiry.providers.verda.client-id", "x"));
        assertThatThrownBy(() -> new VerdaProvider(
                        config,
                        verda.database,
                        new DeploymentId(verda.database, Ids.random()),
                        VerdaFixture.SECRETS,
                        verda.clock,
                        new VerdaClientKey(verda.database, VerdaFixture.SECRETS),
                        verda.engines))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("client-secret");
    }
}
