package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.api.IdempotencyKeys;
import com.mimiry.billing.AccountSuspension;
import com.mimiry.billing.Billing;
import com.mimiry.billing.BillingAdmin;
import com.mimiry.billing.BillingRules;
import com.mimiry.billing.PrepaidBilling;
import com.mimiry.catalog.GpuCatalog;
import com.mimiry.catalog.SimulatedMarket;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.SshKeys;
import com.mimiry.logs.SteppedLogs;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.reconcile.Reconciler.Next;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which candidate is tried after which refusal: real sessions, billing and market over providers of the test's own. */
class PlacementTest {
    private static final Supplier<ProviderFailure> FULL = () -> new ProviderFailure.NoCapacity("none left");
    private static final BillingRules RULES = new BillingRules(
            Duration.ofHours(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            List.of(),
            new BillingRules.QuotaRules(100, 100, 100, 100),
            new BillingRules.QuotaRules(100, 100, 100, 100));

    private final Database database = TestDatabase.create();
    private final MovableClock clock = new MovableClock(SessionFixture.T0);
    private final UUID organization = UUID.randomUUID();
    private final Caller caller = new Caller(UUID.randomUUID(), "ada@example.org", "ada", null, null);
    private final List<Provider> providers = new ArrayList<>();
    private Runnable beforeReprice = () -> {};
    private SimulatedServer server;

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void a_provider_that_refuses_our_account_or_our_pace_costs_no_attempt_and_the_next_one_is_had() {
        Map<String, Supplier<ProviderFailure>> refusals = new LinkedHashMap<>();
        refusals.put("402", () -> new ProviderFailure.InsufficientFunds("402: your balance is too low"));
        refusals.put("401", () -> new ProviderFailure.Unauthorized("401: who are you?"));
        refusals.put("429", () -> new ProviderFailure.RateLimited("429: too many requests", Duration.ofMinutes(5)));
        refusals.forEach((status, refusal) -> {
            providers.clear();
            Shop first = shop("first", new Good("h100", "NVIDIA H100 80GB HBM3", 81_559, "2", refusal));
            Shop second = shop("second", new Good("h100", "NVIDIA H100 80GB HBM3", 81_559, "3", null));
            open("100");
            Session session = run("{\"max_attempts\":1}");
            assertThat(session.placement().provider()).as(status).isEqualTo("second");
            assertThat(List.of(first.launches, second.launches)).as(status).containsExactly(1, 1);
            assertThat(events(session)).as(status).contains("Asking first at X", status + ": ", "Asking second at X");
            // Cool-downs are everybody's, and outlive a server.
            clock.advance(Duration.ofMinutes(2));
        });
    }

    @Test
    void as_many_candidates_are_asked_as_may_be_and_then_the_session_says_so() {
        Shop shop = shop(
                "shop",
                new Good("a", "NVIDIA H100 80GB HBM3", 81_559, "1", FULL),
                new Good("b", "NVIDIA H100 80GB HBM3", 81_559, "2", FULL),
                new Good("c", "NVIDIA H100 80GB HBM3", 81_559, "3", FULL),
                new Good("d", "NVIDIA H100 80GB HBM3", 81_559, "4", null));
        open("100");
        Session session = run("{\"max_attempts\":3}");
        assertThat(session.result().endState()).isEqualTo(SessionState.PROVISION_FAILED);
        assertThat(session.result().error()).contains("in 3 attempts");
        assertThat(shop.launches).isEqualTo(3);
    }

    @Test
    void what_the_balance_does_not_cover_takes_all_that_is_as_dear_with_it_and_nothing_else() {
        Shop shop = shop(
                "shop",
                new Good("a100", "NVIDIA A100-SXM4-40GB", 40_960, "20", FULL),
                new Good("h100", "NVIDIA H100 80GB HBM3", 81_559, "50", null),
                new Good("t4", "Tesla T4", 15_360, "60", null),
                new Good("l40s", "NVIDIA L40S", 46_068, "22", null));
        open("30");
        Session session = run("{\"types\":[\"A100_40G\",\"H100\",\"T4\",\"L40S\"]}");
        assertThat(session.attempt().reference()).isEqualTo("l40s");
        assertThat(shop.launches).isEqualTo(2);
        assertThat(events(session)).containsOnlyOnce("Not asked: ").contains("costs 50");
    }

    @Test
    void a_quota_takes_only_what_it_is_about_and_not_what_is_as_dear() {
        shop(
                "shop",
                new Good("h100", "NVIDIA H100 80GB HBM3", 81_559, "25", null),
                new Good("a100", "NVIDIA A100-SXM4-40GB", 40_960, "20", FULL),
                new Good("t4", "Tesla T4", 15_360, "30", null));
        open("1000");
        new BillingAdmin(database, clock, Ids.random(), RULES)
                .setQuota(new BillingAdmin.By("operator", organization, "as agreed"), null, "gpus.H100", 1L);
        run("{\"types\":[\"H100\"]}");
        Session second = run("{\"types\":[\"A100_40G\",\"H100\",\"T4\"]}");
        assertThat(second.attempt().reference()).isEqualTo("t4");
        assertThat(events(second)).contains("Not asked: ", "quota of gpus.H100 is 1");
    }

    @Test
    void a_suspension_that_comes_between_look_and_launch_ends_the_session_and_asks_nobody() {
        Shop shop = shop("shop", new Good("h100", "NVIDIA H100 80GB HBM3", 81_559, "2", null));
        open("100");
        // In a transaction of its own, as another server's would be.
        beforeReprice = () -> CompletableFuture.runAsync(
                        () -> database.useTransaction(tx -> new AccountSuspension().changed(tx, organization, true)))
                .join();
        Session session = run("{}");
        assertThat(session.result().endState()).isEqualTo(SessionState.STOPPED);
        assertThat(session.result().stopReason()).isEqualTo(StopReason.SUSPENDED);
        assertThat(shop.launches).isZero();
        assertThat(events(session)).doesNotContain("Not asked");
    }

    /** Runs a session's steps until it has a machine or an end. */
    private Session run(String gpu) {
        UUID id = server.create(
                caller,
                json("{\"name\":\"test\",\"image\":{\"uri\":\"busybox\"},\"ssh_enabled\":false,\"gpu\":%s}"
                        .formatted(gpu)),
                UUID.randomUUID().toString());
        for (int i = 0; i < 100; i++) {
            Next next = server.steps().getFirst().step(id);
            Session session =
                    database.read(tx -> new SessionReadStore().find(tx, id)).orElseThrow();
            if (session.state() != SessionState.SUBMITTED || session.result() != null) {
                return session;
            }
            if (next instanceof Next.After(Duration delay)) {
                clock.advance(delay.plusMillis(1));
            }
        }
        throw new AssertionError("neither machine nor end: "
                + database.read(tx -> new SessionReadStore().find(tx, id)).orElseThrow());
    }

    private String events(Session session) {
        return database.read(tx ->
                        new SessionReadStore().events(tx, List.of(new SessionReadStore.EventTail(session.id(), 100))))
                .values()
                .toString();
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException e) {
            throw new AssertionError(text, e);
        }
    }

    private Shop shop(String name, Good... goods) {
        Shop shop = new Shop(name, List.of(goods));
        providers.add(shop);
        return shop;
    }

    private void open(String euros) {
        Ids ids = Ids.random();
        new BillingAdmin(database, clock, ids, RULES)
                .credit(
                        new BillingAdmin.By("operator", organization, "paid in"),
                        Money.ofEuros(euros),
                        UUID.randomUUID().toString());
        Engines engines = address -> {
            throw new EngineException.Unreachable("nobody is at " + address.uri(), null);
        };
        GpuCatalog catalog = new GpuCatalog();
        server = new SimulatedServer(
                new SimulatedServer.Parts(
                        database,
                        clock,
                        _ -> {},
                        ids,
                        List.copyOf(providers),
                        engines,
                        catalog,
                        SimulatedMarket.of(
                                List.copyOf(providers), catalog, database, clock, Map.of("mimiry.market.margin", "0")),
                        interrupted(new PrepaidBilling(database, clock, ids, RULES)),
                        new SteppedLogs(database, engines, clock, ids),
                        always(Organizations.class, organization),
                        always(SshKeys.class, null),
                        new IdempotencyKeys(clock, Duration.ofDays(1)),
                        always(Reconciler.class, null),
                        SecretBox.withKey(SecretBox.newKey()),
                        Runnable::run,
                        false,
                        false),
                Map.of());
    }

    private Billing interrupted(Billing real) {
        return (Billing) Proxy.newProxyInstance(
                Billing.class.getClassLoader(), new Class<?>[] {Billing.class}, (_, method, arguments) -> {
                    if (method.getName().equals("reprice")) {
                        beforeReprice.run();
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** What answers every question that has an answer of this kind with it. */
    private static <T> T always(Class<T> type, Object answer) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (_, method, _) -> method.getReturnType().isInstance(answer) ? answer : null));
    }

    private record Good(String reference, String gpu, int memoryMib, String rate, Supplier<ProviderFailure> refusal) {}

    /** Has any number of what it does not refuse. */
    private static final class Shop implements Provider {
        private final String name;
        private final List<Good> goods;
        private final List<Machine> machines = new ArrayList<>();
        private int launches;

        Shop(String name, List<Good> goods) {
            this.name = name;
            this.goods = goods;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public List<Offer> offers() {
            return goods.stream()
                    .map(good -> new Offer(
                            name,
                            "X",
                            good.reference,
                            good.gpu,
                            good.memoryMib,
                            1,
                            1,
                            Money.ofEuros(good.rate),
                            8,
                            65_536,
                            OptionalInt.empty(),
                            true,
                            false,
                            false))
                    .toList();
        }

        @Override
        public Machine launch(LaunchRequest request) {
            launches++;
            Good good = goods.stream()
                    .filter(each -> each.reference.equals(request.offer().reference()))
                    .findFirst()
                    .orElseThrow();
            if (good.refusal != null) {
                throw good.refusal.get();
            }
            Machine machine = SessionFixture.machine(request.tag());
            machines.add(machine);
            return machine;
        }

        @Override
        public List<Machine> machines() {
            return machines;
        }

        @Override
        public void destroy(UUID tag) {
            machines.removeIf(machine -> machine.tag().equals(tag));
        }
    }
}
