package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.Database;
import com.mimiry.platform.TestConfig;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.Holdings.Inventory;
import com.mimiry.providers.Holdings.Item;
import com.mimiry.providers.Holdings.Verdict;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MachineHoldingsTest {
    private static final Instant NOW = SessionFixture.T0.plus(Duration.ofHours(1));

    private final Database database = TestDatabase.create();
    private final Fake provider = new Fake();
    private final UUID session = new SessionFixture().id;

    @BeforeEach
    void insert() {
        database.useTransaction(tx -> new SessionStore().insert(tx, new SessionFixture().row(), new byte[0]));
    }

    @Test
    void a_machine_of_a_live_attempt_is_owned_by_its_session() {
        UUID tag = attempt("launched");
        provider.machines.add(SessionFixture.machine(tag));
        Item item = only(look());
        assertThat(item.verdict()).isEqualTo(Verdict.OWNED);
        assertThat(item.owner().id()).isEqualTo(session);
        assertThat(item.owner().state()).isEqualTo("submitted");
        assertThat(item.location()).isEqualTo("FIN-01");
    }

    @Test
    void a_machine_that_its_session_has_given_up_or_nobody_knows_is_an_orphan_once_it_is_old_enough() {
        provider.machines.add(SessionFixture.machine(attempt("refused")));
        provider.machines.add(SessionFixture.machine(UUID.randomUUID()));
        assertThat(look(NOW).items()).extracting(Item::verdict).containsOnly(Verdict.ORPHAN);
        Inventory young = look(SessionFixture.T0.plusSeconds(119));
        assertThat(young.items()).extracting(Item::verdict).containsOnly(Verdict.TOO_YOUNG);
        assertThat(young.items()).extracting(Item::destroyFrom).containsOnly(SessionFixture.T0.plusSeconds(120));
    }

    @Test
    void only_an_orphan_is_destroyed() {
        UUID orphan = UUID.randomUUID();
        UUID missing = attempt("launched");
        provider.machines.add(SessionFixture.machine(orphan));
        MachineHoldings holdings = holdings(NOW);
        List<Item> items = holdings.look("fake").orElseThrow().items();
        assertThat(items).extracting(Item::verdict).containsExactlyInAnyOrder(Verdict.ORPHAN, Verdict.MISSING);
        items.forEach(item -> holdings.settle("fake", item));
        assertThat(provider.destroyed).containsExactly(orphan).doesNotContain(missing);
    }

    @Test
    void a_row_whose_machine_does_not_show_is_missing_only_where_that_is_proven_and_nobody_ended_it() {
        UUID running = attempt("launched");
        assertThat(only(look()).verdict()).isEqualTo(Verdict.MISSING);
        provider.provesAbsence = false;
        provider.gaps = "half of it is silent";
        assertThat(only(look()).verdict()).isEqualTo(Verdict.UNSEEN);
        assertThat(look().gaps()).isEqualTo("half of it is silent");
        provider.provesAbsence = true;
        database.useTransaction(tx -> new AttemptStore().destroyAsked(tx, running, NOW));
        assertThat(only(look()).verdict()).isEqualTo(Verdict.EXPECTED);
    }

    @Test
    void a_launch_without_a_clear_answer_is_expected_and_what_others_have_is_only_counted() {
        attempt("unknown");
        provider.foreign = 7;
        assertThat(only(look()).verdict()).isEqualTo(Verdict.EXPECTED);
        assertThat(look().foreign().values()).containsExactly(7);
    }

    @Test
    void rows_of_another_provider_are_not_its_business() {
        attempt("launched");
        database.useTransaction(tx -> tx.handle().execute("update placement_attempt set provider = 'other'"));
        assertThat(look().items()).isEmpty();
        assertThat(holdings(NOW).look("other")).isEmpty();
    }

    private UUID attempt(String status) {
        UUID tag = UUID.randomUUID();
        database.useTransaction(tx -> tx.handle()
                .createUpdate("""
                        insert into placement_attempt (id, session_id, ordinal, provider, location, reference, gpu_model,
                            hourly_rate_micros, hourly_cost_micros, status, created_at)
                        values (:id, :session, 1, 'fake', 'FIN-01', 'kind', 'T4', 0, 0, :status, :at)
                        """)
                .bind("id", tag)
                .bind("session", session)
                .bind("status", status)
                .bind("at", SessionFixture.T0)
                .execute());
        return tag;
    }

    private Inventory look() {
        return look(NOW);
    }

    private Inventory look(Instant now) {
        return holdings(now).look("fake").orElseThrow();
    }

    private MachineHoldings holdings(Instant now) {
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);
        return new MachineHoldings(
                database,
                new MachineListings(SimulatedServer.beans(List.of(provider)), clock),
                TestConfig.of(SessionConfig.class, Map.of()),
                clock);
    }

    private static Item only(Inventory inventory) {
        assertThat(inventory.items()).hasSize(1);
        return inventory.items().getFirst();
    }

    private static final class Fake implements Provider {
        private final List<Machine> machines = new ArrayList<>();
        private final List<UUID> destroyed = new ArrayList<>();
        private boolean provesAbsence = true;
        private int foreign;
        private String gaps = "";

        @Override
        public String name() {
            return "fake";
        }

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
            return machines;
        }

        @Override
        public Listing listing() {
            return new Listing(machines, _ -> provesAbsence, foreign, gaps);
        }

        @Override
        public void destroy(UUID tag) {
            destroyed.add(tag);
        }
    }
}
