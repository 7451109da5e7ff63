package com.mimiry.providers.verda;

import static com.mimiry.providers.verda.VerdaFixture.only;
import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Kind;
import com.mimiry.providers.Holdings.Verdict;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.Provider.MachineState;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.simulator.verda.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What machines leave behind at an emulated Verda, and whose it is. */
class VerdaLeftoversTest {
    private final VerdaFixture verda = new VerdaFixture();

    @AfterEach
    void close() {
        verda.close();
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
        Machine machine = verda.provider.launch(verda.request());
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
}
