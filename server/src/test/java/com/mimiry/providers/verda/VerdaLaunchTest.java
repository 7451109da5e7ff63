package com.mimiry.providers.verda;

import static com.mimiry.providers.verda.VerdaFixture.only;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.simulator.verda.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The making of machines at an emulated Verda, with every fault that a create may meet. */
class VerdaLaunchTest {
    private final VerdaFixture verda = new VerdaFixture();

    @AfterEach
    void close() {
        verda.close();
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
        assertThat(verda.isProvenAbsent(request.tag())).isFalse();
        verda.clock.advance(Duration.ofMinutes(2).plusSeconds(1));
        assertThat(verda.isProvenAbsent(request.tag())).isTrue();
        assertThat(verda.creates()).isEqualTo(1);
    }

    @Test
    void a_create_that_shows_late_is_found_although_the_lists_before_were_old() {
        LaunchRequest request = verda.request();
        verda.emulator.faults().next("POST /instances", Fault.SILENCE_AFTER_EFFECT);
        assertThatThrownBy(() -> verda.provider.launch(request)).isInstanceOf(ProviderFailure.Unavailable.class);
        verda.emulator.faults().next("GET /instances", Fault.STALE_LIST);
        assertThat(verda.isProvenAbsent(request.tag())).isFalse();
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
        assertThat(verda.isProvenAbsent(request.tag())).isTrue();
        assertThat(verda.creates()).isZero();
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
}
