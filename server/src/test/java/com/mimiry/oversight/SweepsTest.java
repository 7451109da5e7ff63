package com.mimiry.oversight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.oversight.SweepReport.Line;
import com.mimiry.platform.Clocks;
import com.mimiry.platform.Database;
import com.mimiry.platform.StartFailure;
import com.mimiry.platform.TestConfig;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.Holdings;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SweepsTest {
    private final Database database = TestDatabase.create();
    private final Clock clock = Clocks.utc();
    private final Shelf machines = new Shelf();
    private final Shelf keys = new Shelf();

    @Test
    void what_nobody_owns_is_ended_and_what_is_missing_is_told_and_nothing_else_is_touched() {
        for (Holdings.Verdict verdict : Holdings.Verdict.values()) {
            machines.add(Holdings.Kind.MACHINE, verdict);
        }
        SweepReport report = sweeps("").sweep("here", "timer", false);
        assertThat(machines.settled)
                .extracting(Holdings.Item::verdict)
                .containsExactlyInAnyOrder(Holdings.Verdict.ORPHAN, Holdings.Verdict.MISSING);
        assertThat(outcomes(report))
                .containsEntry("orphan", "its end was asked for")
                .containsEntry("kept", "");
        assertThat(report.summary())
                .isEqualTo("4 resources at here, not accounted for: 1 orphan machine, 1 too young machine,"
                        + " 1 kept machine, 1 missing machine, 1 unseen machine");
    }

    @Test
    void all_being_owned_is_said_so() {
        machines.add(Holdings.Kind.MACHINE, Holdings.Verdict.OWNED);
        keys.add(Holdings.Kind.KEY, Holdings.Verdict.OWNED);
        keys.foreign = Map.of(Holdings.Kind.KEY, 3);
        SweepReport report = sweeps("").look("here", "ada");
        assertThat(report.summary()).isEqualTo("2 resources at here, all accounted for");
        assertThat(report.complete()).isTrue();
        assertThat(report.counts()).extracting(SweepReport.Count::foreign).containsExactly(0, 3);
    }

    @Test
    void a_look_and_a_dry_run_change_nothing_whether_asked_for_or_configured() {
        machines.add(Holdings.Kind.MACHINE, Holdings.Verdict.ORPHAN);
        Sweeps free = sweeps("");
        assertThat(free.look("here", "ada").dryRun()).isTrue();
        assertThat(outcomes(free.sweep("here", "ada", true))).containsEntry("orphan", "would be destroyed");
        for (String names : List.of("here", "all", "there,here")) {
            assertThat(sweeps(names).sweep("here", "timer", false).dryRun()).isTrue();
        }
        assertThat(machines.settled).isEmpty();
        assertThat(sweeps("there").sweep("here", "timer", false).dryRun()).isFalse();
        assertThat(machines.settled).hasSize(1);
    }

    @Test
    void a_dry_run_of_a_provider_that_is_not_there_stops_the_start() {
        assertThatThrownBy(() -> sweeps("vreda"))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("there is no provider vreda; there are here, there");
    }

    @Test
    void one_kind_that_cannot_be_listed_is_a_gap_and_the_others_are_swept() {
        machines.failure = new ProviderFailure.Unavailable("no answer from here", null);
        keys.add(Holdings.Kind.KEY, Holdings.Verdict.ORPHAN);
        SweepReport report = sweeps("").sweep("here", "timer", false);
        assertThat(report.complete()).isFalse();
        assertThat(report.gaps()).containsExactly("no answer from here");
        assertThat(report.summary()).endsWith("; but not everything could be seen");
        assertThat(keys.settled).hasSize(1);
    }

    @Test
    void what_cannot_be_ended_now_says_why_and_keeps_nothing_else() {
        machines.add(Holdings.Kind.MACHINE, Holdings.Verdict.ORPHAN);
        machines.refusal = new ProviderFailure.Unavailable("still provisioning", null);
        keys.add(Holdings.Kind.KEY, Holdings.Verdict.ORPHAN);
        SweepReport report = sweeps("").sweep("here", "timer", false);
        assertThat(report.items())
                .extracting(Line::outcome)
                .containsExactly("not yet: still provisioning", "its end was asked for");
    }

    @Test
    void a_sweep_is_remembered_with_what_was_not_as_it_should_be() {
        machines.add(Holdings.Kind.MACHINE, Holdings.Verdict.OWNED);
        machines.add(Holdings.Kind.MACHINE, Holdings.Verdict.ORPHAN);
        Sweeps sweeps = sweeps("");
        assertThat(sweeps.last("here")).isEmpty();
        sweeps.sweep("here", Sweeps.TIMER, false);
        SweepReport last = sweeps.last("here").orElseThrow();
        assertThat(last.items()).extracting(Line::verdict).containsExactly("orphan");
        assertThat(last.counts()).extracting(SweepReport.Count::owned).containsExactly(1);
    }

    @Test
    void the_command_line_gets_the_whole_report_of_a_sweep_that_a_server_does() throws Exception {
        machines.add(Holdings.Kind.MACHINE, Holdings.Verdict.OWNED);
        machines.add(Holdings.Kind.MACHINE, Holdings.Verdict.ORPHAN);
        SweepSteps steps = new SweepSteps(sweeps(""), config(""));
        ProviderAdmin admin = new ProviderAdmin(database, clock, UUID::randomUUID);
        Thread server = Thread.ofVirtual().start(() -> {
            Optional<UUID> asked = Optional.empty();
            while (asked.isEmpty()) {
                Thread.onSpinWait();
                asked = queued();
            }
            steps.step(asked.get());
        });
        SweepReport report = admin.sweep("here", false, Duration.ofSeconds(20)).orElseThrow();
        server.join();
        assertThat(report.askedBy()).isEqualTo("command line");
        assertThat(report.items()).extracting(Line::verdict).containsExactly("owned", "orphan");
        assertThat(machines.settled).hasSize(1);
    }

    @Test
    void a_sweep_that_no_server_takes_up_is_not_done_later() {
        machines.add(Holdings.Kind.MACHINE, Holdings.Verdict.ORPHAN);
        ProviderAdmin admin = new ProviderAdmin(database, clock, UUID::randomUUID);
        assertThat(admin.sweep("here", false, Duration.ofMillis(1))).isEmpty();
        new SweepSteps(sweeps(""), config("")).step(queued().orElseThrow());
        assertThat(machines.settled).isEmpty();
    }

    private Optional<UUID> queued() {
        return database.read(tx -> tx.handle()
                .createQuery("select task_instance::uuid from scheduled_tasks where task_name = 'sweep'")
                .mapTo(UUID.class)
                .findOne());
    }

    private static Map<String, String> outcomes(SweepReport report) {
        Map<String, String> outcomes = new java.util.HashMap<>();
        report.items().forEach(line -> outcomes.put(line.verdict(), line.outcome()));
        return outcomes;
    }

    private Sweeps sweeps(String dryRun) {
        return new Sweeps(
                List.of(machines, keys),
                List.of(new Named("here"), new Named("there")),
                config(dryRun),
                database,
                clock,
                UUID::randomUUID);
    }

    private static SweepConfig config(String dryRun) {
        return TestConfig.of(SweepConfig.class, dryRun.isEmpty() ? Map.of() : Map.of("mimiry.sweep.dry-run", dryRun));
    }

    /** Things of one feature, as the test lays them out. */
    private static final class Shelf implements Holdings {
        private final List<Item> items = new ArrayList<>();
        private final List<Item> settled = new ArrayList<>();
        private Map<Kind, Integer> foreign = Map.of();
        private ProviderFailure failure;
        private ProviderFailure refusal;

        void add(Kind kind, Verdict verdict) {
            items.add(new Item(kind, "theirs", UUID.randomUUID(), "", null, "", null, verdict, null, ""));
        }

        @Override
        public Optional<Inventory> look(String provider) {
            if (failure != null) {
                throw failure;
            }
            return Optional.of(new Inventory(items, foreign, ""));
        }

        @Override
        public void settle(String provider, Item item) {
            if (refusal != null) {
                throw refusal;
            }
            settled.add(item);
        }
    }

    private record Named(String name) implements Provider {
        @Override
        public List<Offer> offers() {
            return List.of();
        }

        @Override
        public Machine launch(LaunchRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Machine> machines() {
            return List.of();
        }

        @Override
        public void destroy(UUID tag) {
            throw new UnsupportedOperationException();
        }
    }
}
