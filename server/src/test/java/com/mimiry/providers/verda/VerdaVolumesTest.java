package com.mimiry.providers.verda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Verdict;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.VolumeProvider.Attachment;
import com.mimiry.providers.VolumeProvider.Held;
import com.mimiry.providers.VolumeProvider.Place;
import com.mimiry.providers.VolumeProvider.Request;
import com.mimiry.providers.VolumeProvider.State;
import com.mimiry.simulator.verda.Fault;
import java.time.Duration;
import java.util.List;
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

/** Volumes at an emulated Verda with all of its quirks and with every fault. */
class VerdaVolumesTest {
    private final VerdaFixture verda = new VerdaFixture();
    private final VolumeProvider volumes = verda.provider.volumes().orElseThrow();

    @AfterEach
    void close() {
        verda.close();
    }

    private static Request request(String location) {
        return new Request(UUID.randomUUID(), 10, location, "NVMe", location);
    }

    private Held made() {
        return volumes.create(request(VerdaFixture.PLACE));
    }

    private LaunchRequest with(Held volume, String location) {
        Offer offer = verda.offer(VerdaFixture.KIND, location, false);
        return new LaunchRequest(
                UUID.randomUUID(), UUID.randomUUID(), offer, List.of(new Attachment(volume.tag(), volume.reference())));
    }

    private Machine runningWith(Held volume) {
        Machine machine = verda.provider.launch(with(volume, VerdaFixture.PLACE));
        verda.clock.advance(Duration.ofSeconds(61));
        verda.provider.machines();
        return machine;
    }

    private void end(Machine machine) {
        verda.provider.destroy(machine.tag());
        verda.clock.advance(Duration.ofSeconds(11));
        assertThat(verda.provider.machines()).isEmpty();
    }

    private long creates() {
        return verda.emulator.calls().stream().filter("POST /volumes"::equals).count();
    }

    private boolean isProvenAbsent(UUID tag) {
        VolumeProvider.Listing listing = volumes.listing();
        return listing.volumes().stream().noneMatch(held -> held.tag().equals(tag))
                && listing.provesAbsent().test(tag);
    }

    private static Held only(List<Held> held) {
        assertThat(held).hasSize(1);
        return held.getFirst();
    }

    @Test
    void volumes_can_be_at_each_configured_place_at_verdas_price() {
        VolumeProvider limited = verda.another(Map.of("mimiry.providers.verda.locations", "ICE-01,FIN-02"))
                .volumes()
                .orElseThrow();
        assertThat(limited.places()).extracting(Place::location).containsExactly("ICE-01");
        assertThat(volumes.places()).allSatisfy(place -> {
            assertThat(place.monthlyCostPerGb().euros()).isEqualByComparingTo("0.2");
            assertThat(place.hasRoomFor(10_000)).isTrue();
        });
    }

    @Test
    void a_volume_is_made_listed_and_gone_for_good_after_its_destroy() {
        Request request = request("ICE-01");
        Held made = volumes.create(request);
        assertThat(made.state()).isEqualTo(State.READY);
        assertThat(made.location()).isEqualTo("ICE-01");
        assertThat(made.createdAt()).isEqualTo(verda.clock.instant());
        // Every third answer lacks the tags.
        for (int i = 0; i < 3; i++) {
            assertThat(only(volumes.volumes())).isEqualTo(made);
        }
        volumes.destroy(request.tag());
        volumes.destroy(request.tag());
        assertThat(volumes.volumes()).isEmpty();
        assertThat(verda.emulator.account().volumes()).isEmpty();
    }

    @Test
    void one_tag_created_many_times_at_once_is_one_volume() throws Exception {
        Request request = request(VerdaFixture.PLACE);
        VolumeProvider other = verda.another(Map.of()).volumes().orElseThrow();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> calls = IntStream.range(0, 12)
                    .<Callable<String>>mapToObj(i -> () -> outcome(i % 2 == 0 ? volumes : other, request))
                    .toList();
            Set<String> outcomes = threads.invokeAll(calls).stream()
                    .map(done -> done.resultNow())
                    .collect(Collectors.toSet());
            // Those who came while the first was still asking cannot know yet.
            assertThat(outcomes).isSubsetOf(request.tag().toString(), "Unavailable");
        }
        assertThat(creates()).isEqualTo(1);
        assertThat(volumes.create(request).tag()).isEqualTo(request.tag());
        assertThat(creates()).isEqualTo(1);
    }

    private static String outcome(VolumeProvider provider, Request request) {
        try {
            return provider.create(request).tag().toString();
        } catch (ProviderFailure e) {
            return e.getClass().getSimpleName();
        }
    }

    @Test
    void a_create_that_comes_after_the_volumes_end_does_not_make_it() {
        Request request = request(VerdaFixture.PLACE);
        volumes.destroy(request.tag());
        assertThatThrownBy(() -> volumes.create(request)).isInstanceOf(ProviderFailure.InvalidRequest.class);
        assertThat(creates()).isZero();
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
    void a_create_whose_answer_is_lost_is_found_and_not_sent_again(Fault fault) {
        Request request = request(VerdaFixture.PLACE);
        verda.emulator.faults().next("POST /volumes", fault);
        assertThatThrownBy(() -> volumes.create(request)).isInstanceOf(ProviderFailure.Unavailable.class);
        assertThat(volumes.create(request).state()).isEqualTo(State.READY);
        assertThat(only(volumes.volumes()).tag()).isEqualTo(request.tag());
        assertThat(creates()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SILENCE", "ERROR_500", "HTML_502", "HTML_503", "RESET"})
    void a_create_that_was_lost_on_its_way_is_sent_again_when_its_absence_is_proven(Fault fault) {
        Request request = request(VerdaFixture.PLACE);
        verda.emulator.faults().next("POST /volumes", fault);
        assertThatThrownBy(() -> volumes.create(request)).isInstanceOf(ProviderFailure.Unavailable.class);
        assertThat(isProvenAbsent(request.tag())).isFalse();
        assertThatThrownBy(() -> volumes.create(request)).isInstanceOf(ProviderFailure.Unavailable.class);
        assertThat(creates()).isEqualTo(1);
        verda.clock.advance(Duration.ofMinutes(2).plusSeconds(1));
        assertThat(isProvenAbsent(request.tag())).isTrue();
        volumes.create(request);
        assertThat(verda.emulator.account().volumes()).hasSize(1);
    }

    @Test
    void a_create_that_shows_late_is_found_although_the_lists_before_were_old() {
        Request request = request(VerdaFixture.PLACE);
        verda.emulator.faults().next("POST /volumes", Fault.SILENCE_AFTER_EFFECT);
        assertThatThrownBy(() -> volumes.create(request)).isInstanceOf(ProviderFailure.Unavailable.class);
        verda.emulator.faults().next("GET /volumes", Fault.STALE_LIST);
        assertThat(isProvenAbsent(request.tag())).isFalse();
        assertThat(volumes.create(request).tag()).isEqualTo(request.tag());
        assertThat(creates()).isEqualTo(1);
    }

    @Test
    void refusals_are_named_and_the_create_may_be_asked_for_again_at_once() {
        refused(Fault.QUOTA, ProviderFailure.QuotaExceeded.class, "Volume limit exceeded");
        refused(Fault.NO_MONEY, ProviderFailure.InsufficientFunds.class, "balance");
        refused(Fault.RATE_LIMITED, ProviderFailure.RateLimited.class, "Too many requests");
        assertThat(verda.emulator.account().volumes()).isEmpty();
        Request request = request(VerdaFixture.PLACE);
        verda.emulator.faults().next("POST /volumes", Fault.RATE_LIMITED);
        assertThatThrownBy(() -> volumes.create(request)).isInstanceOf(ProviderFailure.RateLimited.class);
        assertThat(volumes.create(request).state()).isEqualTo(State.READY);
    }

    private void refused(Fault fault, Class<? extends ProviderFailure> failure, String words) {
        verda.emulator.faults().next("POST /volumes", fault);
        assertThatThrownBy(this::made).isInstanceOf(failure).hasMessageContaining(words);
    }

    @Test
    void a_list_that_says_that_it_lacks_entries_is_no_listing() {
        made();
        made();
        verda.emulator.faults().next("GET /volumes", Fault.PARTIAL_LIST_COUNTED);
        assertThatThrownBy(volumes::listing).isInstanceOf(ProviderFailure.Unavailable.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"PARTIAL_LIST", "STALE_LIST"})
    void a_volume_that_a_list_lacks_is_there_as_long_as_its_own_record_says_so(Fault fault) {
        Held made = made();
        verda.emulator.faults().next("GET /volumes", fault);
        assertThat(only(volumes.volumes()).tag()).isEqualTo(made.tag());
    }

    @Test
    void absence_is_not_proven_while_the_record_cannot_be_read() {
        Held made = made();
        volumes.destroy(made.tag());
        verda.emulator.faults().next("GET /volumes/" + made.reference(), Fault.ERROR_500);
        assertThat(isProvenAbsent(made.tag())).isFalse();
        assertThat(isProvenAbsent(made.tag())).isTrue();
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"ERROR_500", "ERROR_500_AFTER_EFFECT", "SILENCE_AFTER_EFFECT", "RATE_LIMITED"})
    void a_destroy_that_failed_may_be_asked_for_again(Fault fault) {
        Held made = made();
        verda.emulator.faults().next("DELETE /volumes/", fault);
        assertThatThrownBy(() -> volumes.destroy(made.tag())).isInstanceOf(ProviderFailure.class);
        volumes.destroy(made.tag());
        assertThat(verda.emulator.account().volumes()).isEmpty();
    }

    @Test
    void a_volume_grows_and_growing_it_to_what_it_has_is_success() {
        Held made = made();
        volumes.resize(made.tag(), 20);
        volumes.resize(made.tag(), 20);
        volumes.resize(made.tag(), 15);
        assertThat(only(volumes.volumes()).sizeGb()).isEqualTo(20);
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"ERROR_500", "ERROR_500_AFTER_EFFECT", "SILENCE_AFTER_EFFECT", "RESET"})
    void a_resize_without_an_answer_may_be_asked_for_again(Fault fault) {
        Held made = made();
        verda.emulator.faults().next("PUT /volumes", fault);
        assertThatThrownBy(() -> volumes.resize(made.tag(), 20)).isInstanceOf(ProviderFailure.Unavailable.class);
        volumes.resize(made.tag(), 20);
        assertThat(only(volumes.volumes()).sizeGb()).isEqualTo(20);
    }

    @Test
    void an_attached_volume_is_not_grown_and_verda_says_why() {
        Held made = made();
        runningWith(made);
        assertThatThrownBy(() -> volumes.resize(made.tag(), 20))
                .isInstanceOf(ProviderFailure.InvalidRequest.class)
                .hasMessageContaining("must be detached");
    }

    @Test
    void a_machine_is_made_with_its_volume_and_its_end_leaves_the_volume_and_no_disk_of_its_own() {
        Held made = made();
        Machine machine = runningWith(made);
        assertThat(verda.emulator.account().volumes()).containsEntry(made.reference(), "attached");
        assertThat(verda.emulator.account().diskNames()).hasSize(2);
        end(machine);
        assertThat(verda.emulator.account().volumes()).containsExactly(Map.entry(made.reference(), "detached"));
        assertThat(verda.emulator.account().diskNames()).hasSize(1);
        runningWith(made);
        assertThat(verda.emulator.account().volumes()).containsEntry(made.reference(), "attached");
    }

    @Test
    void a_machine_whose_own_disk_is_not_known_yet_ends_without_its_volume() {
        Held made = made();
        Machine machine = verda.provider.launch(with(made, VerdaFixture.PLACE));
        verda.clock.advance(Duration.ofSeconds(61));
        end(machine);
        sweep();
        assertThat(verda.emulator.account().volumes()).containsExactly(Map.entry(made.reference(), "detached"));
        assertThat(verda.emulator.account().diskNames()).hasSize(1);
    }

    @Test
    void a_machine_that_verda_takes_back_leaves_its_volume() {
        Held made = made();
        Machine machine = runningWith(made);
        verda.emulator.account().reclaim(machine.reference());
        assertThat(verda.provider.machines()).isEmpty();
        sweep();
        assertThat(verda.emulator.account().volumes()).containsExactly(Map.entry(made.reference(), "detached"));
    }

    @Test
    void a_volume_is_given_to_no_second_machine_and_to_none_elsewhere() {
        Held made = made();
        assertThatThrownBy(() -> verda.provider.launch(with(made, "ICE-01")))
                .isInstanceOf(ProviderFailure.InvalidRequest.class)
                .hasMessageContaining("is at FIN-01, not at ICE-01");
        runningWith(made);
        assertThatThrownBy(() -> verda.provider.launch(with(made, VerdaFixture.PLACE)))
                .isInstanceOf(ProviderFailure.InvalidRequest.class)
                .hasMessageContaining("is not free yet");
        assertThat(verda.creates()).isEqualTo(1);
        assertThat(volumes.attachable(
                        made.reference(), made.location(), verda.offer(VerdaFixture.KIND, "ICE-01", false)))
                .isFalse();
    }

    @Test
    void only_a_disk_that_verda_shows_at_the_machine_is_mounted() {
        Held made = made();
        Machine other = verda.running();
        assertThatThrownBy(() -> volumes.mount(other.tag(), other.engine(), List.of(made.tag())))
                .isInstanceOf(ProviderFailure.Unavailable.class)
                .hasMessageContaining("does not show volume");
    }

    @Test
    void what_was_written_is_flushed_before_the_machine_is_switched_off_and_a_silent_machine_ends_all_the_same() {
        Held made = made();
        Machine machine = runningWith(made);
        verda.emulator.faults().next("PUT /instances", Fault.ERROR_500);
        assertThatThrownBy(() -> verda.provider.destroy(machine.tag())).isInstanceOf(ProviderFailure.class);
        assertThat(verda.reached).containsExactly(machine.engine());
        end(machine);
    }

    @Test
    void what_verda_threw_away_itself_is_taken_out_of_the_trash() {
        Held made = made();
        verda.emulator.account().trashVolumes();
        assertThat(only(volumes.volumes()).tag()).isEqualTo(made.tag());
        sweep();
        assertThat(verda.emulator.account().volumes()).containsExactly(Map.entry(made.reference(), "detached"));
    }

    @Test
    void a_volume_that_was_destroyed_in_the_trash_is_deleted_for_good() {
        Held made = made();
        verda.emulator.account().trashVolumes();
        volumes.destroy(made.tag());
        assertThat(verda.emulator.account().volumes()).isEmpty();
        assertThat(isProvenAbsent(made.tag())).isTrue();
    }

    @Test
    void a_second_volume_of_one_tag_is_deleted_and_the_first_kept() {
        Held made = made();
        verda.emulator.account().duplicateVolume(made.reference());
        sweep();
        assertThat(verda.emulator.account().volumes()).hasSize(2);
        verda.clock.advance(Duration.ofMinutes(3));
        assertThat(only(volumes.volumes())).isEqualTo(made);
        sweep();
        assertThat(verda.emulator.account().volumes()).containsOnlyKeys(made.reference());
    }

    @Test
    void deployments_that_share_an_account_do_not_touch_each_others_volumes() {
        VerdaProvider stranger = verda.stranger();
        Held ours = made();
        Held theirs = stranger.volumes().orElseThrow().create(request(VerdaFixture.PLACE));
        verda.clock.advance(Duration.ofMinutes(30));
        for (int i = 0; i < 3; i++) {
            assertThat(only(volumes.volumes()).tag()).isEqualTo(ours.tag());
            assertThat(only(stranger.volumes().orElseThrow().volumes()).tag()).isEqualTo(theirs.tag());
        }
        volumes.destroy(theirs.tag());
        sweep();
        assertThat(verda.emulator.account().volumes()).hasSize(2);
    }

    private void sweep() {
        for (Item item : verda.provider.leftovers().look().items()) {
            if (item.verdict() == Verdict.ORPHAN || item.verdict() == Verdict.MISSING) {
                verda.provider.leftovers().settle(item);
            }
        }
    }
}
