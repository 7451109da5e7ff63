package com.mimiry.providers.verda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.platform.StartFailure;
import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Kind;
import com.mimiry.providers.Holdings.Verdict;
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
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The adapter against an emulated Verda with all of its quirks and with every fault. */
class VerdaProviderTest {
    private static final Boot BOOT =
            new Boot(Boot.Plan.NORMAL, Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(10));

    private final VerdaFixture verda = new VerdaFixture();

    @AfterEach
    void close() {
        verda.close();
    }

    @Test
    void offers_have_verdas_prices_by_kind_place_and_market() {
        Offer onDemand = verda.offer();
        Offer spot = verda.offer(VerdaFixture.KIND, VerdaFixture.PLACE, true);
        assertThat(onDemand.hourlyCost().euros()).isEqualByComparingTo("2.841");
        assertThat(onDemand.gpuText()).isEqualTo("H100 SXM5 80GB");
        assertThat(onDemand.gpuMemoryMib()).isEqualTo(80 * 1024);
        assertThat(onDemand.vcpus()).isEqualTo(30);
        assertThat(onDemand.spot()).isFalse();
        assertThat(spot.hourlyCost().euros()).isEqualByComparingTo("0.994");
        assertThat(spot.spot()).isTrue();
    }

    @Test
    void memory_is_said_for_one_gpu_and_the_price_for_the_whole_machine() {
        Offer eight = verda.offer("8V100.48M", "FIN-03", false);
        assertThat(eight.gpuCount()).isEqualTo(8);
        assertThat(eight.gpuMemoryMib()).isEqualTo(16 * 1024);
        assertThat(eight.hourlyCost().euros()).isEqualByComparingTo("5.00");
        assertThat(eight.gpuText()).isEqualTo("NVidia Tesla V100");
    }

    @Test
    void kinds_without_an_image_with_docker_are_not_offered_and_full_ones_are_shown_as_full() {
        verda.emulator.account().room(VerdaFixture.KIND, VerdaFixture.PLACE, 0);
        List<Offer> offers = verda.provider.offers();
        assertThat(offers).noneMatch(offer -> offer.reference().startsWith("1OLD"));
        assertThat(verda.offer().available()).isFalse();
        assertThat(verda.offer(VerdaFixture.KIND, "ICE-01", false).available()).isTrue();
    }

    @Test
    void only_the_configured_places_are_offered() {
        VerdaProvider limited = verda.another(Map.of("mimiry.providers.verda.locations", "ICE-01,FIN-02"));
        assertThat(limited.offers()).extracting(Offer::location).containsOnly("ICE-01");
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
    void one_tag_launched_many_times_at_once_is_one_machine() throws Exception {
        LaunchRequest request = verda.request();
        VerdaProvider other = verda.another(Map.of());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> calls = IntStream.range(0, 12)
                    .<Callable<String>>mapToObj(i -> () -> outcome(i % 2 == 0 ? verda.provider : other, request))
                    .toList();
            Set<String> outcomes = threads.invokeAll(calls).stream()
                    .map(done -> done.resultNow())
                    .collect(Collectors.toSet());
            // Those who came while the first was still asking cannot know yet.
            assertThat(outcomes).isSubsetOf(request.tag().toString(), "Unavailable");
        }
        assertThat(verda.creates()).isEqualTo(1);
    }

    private static String outcome(VerdaProvider provider, LaunchRequest request) {
        try {
            return provider.launch(request).tag().toString();
        } catch (ProviderFailure e) {
            return e.getClass().getSimpleName();
        }
    }

    @Test
    void a_second_launch_of_a_tag_finds_the_first_ones_machine() {
        LaunchRequest request = verda.request();
        String first = verda.provider.launch(request).reference();
        assertThat(verda.another(Map.of()).launch(request).reference()).isEqualTo(first);
        assertThat(verda.creates()).isEqualTo(1);
    }

    @Test
    void a_launch_that_comes_after_the_machines_end_does_not_make_it_again() {
        LaunchRequest request = verda.request();
        verda.provider.destroy(request.tag());
        assertThatThrownBy(() -> verda.provider.launch(request)).isInstanceOf(ProviderFailure.InvalidRequest.class);
        assertThat(verda.creates()).isZero();
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {
                "SILENCE_AFTER_EFFECT",
                "ERROR_500_AFTER_EFFECT",
                "HTML_502_AFTER_EFFECT",
                "GARBAGE_AFTER_EFFECT",
                "RESET_AFTER_EFFECT"
            })
    void a_create_whose_answer_is_lost_is_unknown_and_then_found_by_its_tag(Fault fault) {
        LaunchRequest request = verda.request();
        verda.emulator.faults().next("POST /instances", fault);
        assertThatThrownBy(() -> verda.provider.launch(request)).isInstanceOf(ProviderFailure.Unavailable.class);
        verda.clock.advance(Duration.ofSeconds(61));
        Machine found = only(verda.provider.machines());
        assertThat(found.tag()).isEqualTo(request.tag());
        assertThat(verda.creates()).isEqualTo(1);
        assertThat(verda.emulator.account().created()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SILENCE", "ERROR_500", "HTML_502", "HTML_503", "RESET"})
    void a_create_that_was_lost_on_its_way_is_unknown_until_it_had_time_to_show(Fault fault) {
        LaunchRequest request = verda.request();
        verda.emulator.faults().next("POST /instances", fault);
        assertThatThrownBy(() -> verda.provider.launch(request)).isInstanceOf(ProviderFailure.Unavailable.class);
        assertThat(isProvenAbsent(request.tag())).isFalse();
        verda.clock.advance(Duration.ofMinutes(2).plusSeconds(1));
        assertThat(isProvenAbsent(request.tag())).isTrue();
        assertThat(verda.creates()).isEqualTo(1);
    }

    @Test
    void a_create_that_shows_late_is_found_although_the_lists_before_were_old() {
        LaunchRequest request = verda.request();
        verda.emulator.faults().next("POST /instances", Fault.SILENCE_AFTER_EFFECT);
        assertThatThrownBy(() -> verda.provider.launch(request)).isInstanceOf(ProviderFailure.Unavailable.class);
        verda.emulator.faults().next("GET /instances", Fault.STALE_LIST);
        assertThat(isProvenAbsent(request.tag())).isFalse();
        verda.clock.advance(Duration.ofSeconds(31));
        assertThat(only(verda.provider.machines()).tag()).isEqualTo(request.tag());
    }

    @Test
    void refusals_are_named_and_leave_nothing_behind() {
        refused(Fault.NO_CAPACITY, ProviderFailure.NoCapacity.class, "Not enough resources");
        refused(Fault.QUOTA, ProviderFailure.QuotaExceeded.class, "Volume limit exceeded");
        refused(Fault.NO_MONEY, ProviderFailure.InsufficientFunds.class, "balance");
        refused(Fault.RATE_LIMITED, ProviderFailure.RateLimited.class, "Too many requests");
        refused(Fault.UNAUTHORIZED, ProviderFailure.Unauthorized.class, "expired");
        assertThat(verda.provider.machines()).isEmpty();
        assertThat(verda.emulator.account().scriptNames()).isEmpty();
        assertThat(verda.emulator.account().created()).isZero();
    }

    private void refused(Fault fault, Class<? extends ProviderFailure> failure, String words) {
        verda.emulator.faults().next("POST /instances", fault);
        LaunchRequest request = verda.request();
        assertThatThrownBy(() -> verda.provider.launch(request))
                .isInstanceOf(failure)
                .hasMessageContaining(words);
    }

    @Test
    void a_wait_that_verda_asks_for_is_passed_on() {
        verda.emulator.faults().next("POST /instances", Fault.RATE_LIMITED_WITH_RETRY_AFTER);
        LaunchRequest request = verda.request();
        assertThatThrownBy(() -> verda.provider.launch(request))
                .isInstanceOfSatisfying(
                        ProviderFailure.RateLimited.class,
                        limited -> assertThat(limited.retryAfter()).isEqualTo(Duration.ofSeconds(1)));
    }

    @Test
    void a_script_that_could_not_be_stored_means_that_nothing_was_made() {
        verda.emulator.faults().next("POST /scripts", Fault.HTML_502);
        LaunchRequest request = verda.request();
        assertThatThrownBy(() -> verda.provider.launch(request)).isInstanceOf(ProviderFailure.class);
        assertThat(isProvenAbsent(request.tag())).isTrue();
        assertThat(verda.creates()).isZero();
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
        assertThat(isProvenAbsent(machine.tag())).isFalse();
        assertThat(isProvenAbsent(machine.tag())).isTrue();
    }

    @Test
    void a_machine_that_verda_takes_back_is_absent() {
        LaunchRequest request = new LaunchRequest(
                UUID.randomUUID(), UUID.randomUUID(), verda.offer(VerdaFixture.KIND, VerdaFixture.PLACE, true));
        Machine machine = verda.provider.launch(request);
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

    @Test
    void the_operator_sees_what_the_account_holds_and_whether_that_is_little() {
        assertThat(verda.provider.balance()).isEmpty();
        verda.provider.offers();
        assertThat(verda.provider.balance().orElseThrow().amount()).isEqualByComparingTo("100");
        assertThat(verda.provider.balance().orElseThrow().low()).isFalse();
        verda.emulator.account().balance("49.99");
        verda.clock.advance(Duration.ofMinutes(3));
        verda.provider.offers();
        assertThat(verda.provider.balance().orElseThrow().low()).isTrue();
    }

    @Test
    void offers_are_there_although_nobody_tells_balance_and_images() {
        verda.emulator.faults().next("GET /balance", Fault.ERROR_500);
        verda.emulator.faults().next("GET /images", Fault.ERROR_500);
        assertThat(verda.another(Map.of()).offers()).isNotEmpty();
    }

    @Test
    void an_image_that_is_offered_no_more_is_not_chosen() {
        List<String> before = imagesOfLaunches(verda.another(Map.of()));
        verda.emulator.account().withdrawImage(before.getLast());
        List<String> after = imagesOfLaunches(verda.another(Map.of()));
        assertThat(after.getLast()).isNotEqualTo(before.getLast()).endsWith("-docker");
    }

    private List<String> imagesOfLaunches(VerdaProvider provider) {
        Offer offer = provider.offers().stream()
                .filter(each -> each.reference().equals(VerdaFixture.KIND))
                .findFirst()
                .orElseThrow();
        provider.launch(new LaunchRequest(UUID.randomUUID(), UUID.randomUUID(), offer));
        return verda.emulator.account().images(VerdaFixture.KIND);
    }

    @ParameterizedTest
    @EnumSource(
            value = Boot.Plan.class,
            names = {"NO_CAPACITY", "INSTALLATION_FAILED"})
    void verdas_own_word_for_a_failure_is_passed_on(Boot.Plan plan) {
        verda.emulator.account().boot(BOOT.with(plan));
        assertThat(verda.running().detail()).contains(plan.name().toLowerCase(Locale.ROOT));
    }

    @Test
    void a_status_that_flaps_does_not_take_a_running_machine_from_its_session() {
        verda.emulator.account().boot(BOOT.with(Boot.Plan.FLAPPING));
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
        verda.emulator.account().boot(BOOT.with(plan));
        Machine failed = verda.running();
        assertThat(failed.state()).isEqualTo(MachineState.ENDING);
        verda.provider.destroy(failed.tag());
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(verda.emulator.account().live()).isEmpty();
    }

    @Test
    void a_machine_that_never_boots_is_starting_for_ever() {
        verda.emulator.account().boot(BOOT.with(Boot.Plan.NEVER));
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
        verda.provider.machines();
        verda.emulator.faults().next("GET /instances", Fault.SILENCE, 4);
        for (int i = 0; i < 4; i++) {
            assertThatThrownBy(verda.provider::machines).isInstanceOf(ProviderFailure.Unavailable.class);
        }
        LaunchRequest request = new LaunchRequest(UUID.randomUUID(), UUID.randomUUID(), anyOffer());
        assertThatThrownBy(() -> verda.provider.launch(request)).isInstanceOf(ProviderFailure.RateLimited.class);
        verda.clock.advance(Duration.ofSeconds(3));
        assertThat(verda.provider.machines()).isEmpty();
    }

    /** Removes what machines left behind. @return what was there */
    private static List<Item> swept(VerdaProvider provider) {
        List<Item> items = provider.leftovers().look().items();
        items.stream().filter(item -> item.verdict() == Verdict.ORPHAN).forEach(item -> {
            try {
                provider.leftovers().settle(item);
            } catch (ProviderFailure _) {
                // Next time.
            }
        });
        return items;
    }

    private static Offer anyOffer() {
        return new Offer(
                "verda",
                VerdaFixture.PLACE,
                VerdaFixture.KIND,
                "H100 SXM5 80GB",
                80 * 1024,
                1,
                1,
                com.mimiry.platform.Money.ofEuros("2.841"),
                30,
                120 * 1024,
                java.util.OptionalInt.empty(),
                true,
                false,
                false);
    }

    @Test
    void deployments_that_share_an_account_do_not_touch_each_other() {
        VerdaProvider stranger = verda.stranger();
        Machine ours = verda.running();
        Machine theirs = stranger.launch(verda.request());
        verda.clock.advance(Duration.ofMinutes(30));
        assertThat(only(verda.provider.machines()).tag()).isEqualTo(ours.tag());
        assertThat(only(stranger.machines()).tag()).isEqualTo(theirs.tag());
        verda.provider.destroy(theirs.tag());
        for (VerdaProvider each : List.of(verda.provider, stranger)) {
            assertThat(each.listing().foreign()).isEqualTo(1);
            assertThat(each.leftovers().look().foreign()).isEqualTo(Map.of(Kind.SCRIPT, 1, Kind.DISK, 1, Kind.KEY, 1));
        }
        // Both scripts have long been read; each deployment deletes its own.
        assertThat(swept(verda.provider))
                .filteredOn(item -> item.verdict() == Verdict.ORPHAN)
                .extracting(Item::id)
                .containsExactly(ours.tag());
        assertThat(verda.emulator.account().scriptNames())
                .hasSize(1)
                .allMatch(name -> name.endsWith(theirs.tag().toString()));
        swept(stranger);
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(verda.emulator.account().live()).hasSize(2);
        assertThat(verda.emulator.account().diskNames()).hasSize(2);
        assertThat(verda.emulator.account().sshKeyNames()).hasSize(2);
    }

    @Test
    void a_sweep_deletes_what_is_over_and_nothing_else() {
        Machine kept = verda.running();
        Machine ended = verda.running();
        verda.emulator.faults().next("DELETE /scripts/", Fault.ERROR_500);
        verda.provider.destroy(ended.tag());
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(verda.emulator.account().scriptNames()).hasSize(2);
        verda.provider.machines();
        swept(verda.provider);
        assertThat(verda.emulator.account().scriptNames())
                .hasSize(1)
                .allMatch(name -> name.endsWith(kept.tag().toString()));
        assertThat(verda.emulator.account().live()).hasSize(1);
        verda.clock.advance(Duration.ofMinutes(11));
        swept(verda.provider);
        assertThat(verda.emulator.account().scriptNames()).isEmpty();
        assertThat(only(verda.provider.machines()).tag()).isEqualTo(kept.tag());
    }

    @Test
    void a_disk_that_stayed_behind_is_deleted_for_good() {
        LaunchRequest request = verda.request();
        Machine machine = verda.provider.launch(request);
        verda.clock.advance(Duration.ofSeconds(61));
        // On-demand machines that Verda ends leave their disk, and it costs on.
        verda.emulator.account().reclaim(machine.reference());
        assertThat(verda.emulator.account().diskNames()).hasSize(1);
        verda.provider.machines();
        swept(verda.provider);
        assertThat(verda.emulator.account().diskNames()).isEmpty();
    }

    @Test
    void a_second_instance_of_one_machine_is_deleted_and_the_first_kept() {
        Machine machine = verda.running();
        verda.emulator.account().duplicate(machine.reference());
        verda.clock.advance(Duration.ofMinutes(3));
        assertThat(only(verda.provider.machines()).reference()).isEqualTo(machine.reference());
        swept(verda.provider);
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(verda.emulator.account().live().keySet()).containsExactly(machine.reference());
    }

    @Test
    void doubles_of_our_key_are_deleted_and_launches_go_on() {
        verda.running();
        verda.emulator.account().copySshKeys();
        swept(verda.provider);
        assertThat(verda.emulator.account().sshKeyNames()).hasSize(1);
        assertThat(launchEventually().state()).isEqualTo(MachineState.STARTING);
    }

    /** Once it may be refused, if the double that was kept is not the one known here. */
    private Machine launchEventually() {
        try {
            return verda.provider.launch(verda.request());
        } catch (ProviderFailure.InvalidRequest _) {
            return verda.provider.launch(verda.request());
        }
    }

    @Test
    void the_startup_script_carries_a_host_key_that_is_each_machines_own() {
        verda.running();
        verda.running();
        List<String> scripts = verda.emulator.account().scripts();
        assertThat(scripts)
                .hasSize(2)
                .allSatisfy(script -> assertThat(script)
                        .contains("BEGIN OPENSSH PRIVATE KEY")
                        .contains(new VerdaClientKey(verda.database, VerdaFixture.SECRETS).publicKey())
                        .doesNotContain("@HOST"));
        assertThat(Set.copyOf(scripts)).hasSize(2);
    }

    @Test
    void a_client_id_without_its_secret_stops_the_start() {
        VerdaConfig config =
                com.mimiry.platform.TestConfig.of(VerdaConfig.class, Map.of("mimiry.providers.verda.client-id", "x"));
        assertThatThrownBy(() -> new VerdaProvider(
                        config,
                        verda.database,
                        new com.mimiry.providers.DeploymentId(verda.database, com.mimiry.platform.Ids.random()),
                        VerdaFixture.SECRETS,
                        verda.clock,
                        new VerdaClientKey(verda.database, VerdaFixture.SECRETS),
                        verda.engines))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("client-secret");
    }

    private boolean isProvenAbsent(UUID tag) {
        try {
            return verda.provider.machines().stream()
                    .noneMatch(machine -> machine.tag().equals(tag));
        } catch (ProviderFailure.Unavailable _) {
            return false;
        }
    }

    private static Machine only(List<Machine> machines) {
        assertThat(machines).hasSize(1);
        return machines.getFirst();
    }
}
