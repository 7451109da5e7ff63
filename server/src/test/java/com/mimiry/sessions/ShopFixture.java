package com.mimiry.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.api.IdempotencyKeys;
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
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;

/** Real sessions, billing and market over providers of a test's own, stepped by hand. */
abstract class ShopFixture {
    static final BillingRules RULES = new BillingRules(
            Duration.ofHours(1),
            Duration.ofMinutes(1),
            Duration.ofMinutes(1),
            List.of(),
            new BillingRules.QuotaRules(100, 100, 100, 100),
            new BillingRules.QuotaRules(100, 100, 100, 100));

    final Database database = TestDatabase.create();
    final MovableClock clock = new MovableClock(SessionFixture.T0);
    final UUID organization = UUID.randomUUID();
    final Caller caller = new Caller(UUID.randomUUID(), "ada@example.org", "ada", null, null);
    final List<Provider> providers = new ArrayList<>();
    Runnable beforeReprice = () -> {};
    Engines engines = address -> {
        throw new EngineException.Unreachable("nobody is at " + address.uri(), null);
    };
    SimulatedServer server;
    private UUID created;

    @AfterEach
    void stop() {
        server.close();
    }

    /** Runs a session's steps until it has a machine or an end. */
    Session run(String gpu) {
        created = server.create(caller, body(gpu), UUID.randomUUID().toString());
        return resume();
    }

    /** Goes on where {@link #run} was left. */
    Session resume() {
        for (int i = 0; i < 300; i++) {
            Session session = step(created);
            if (session.state() != SessionState.SUBMITTED || session.result() != null) {
                return session;
            }
        }
        throw new AssertionError("neither machine nor end: "
                + database.read(tx -> new SessionReadStore().find(tx, created)).orElseThrow());
    }

    /** One step, and the time until the next. */
    Session step(UUID id) {
        Next next = server.steps().getFirst().step(id);
        if (next instanceof Next.After(Duration delay)) {
            clock.advance(delay.plusMillis(1));
        }
        return database.read(tx -> new SessionReadStore().find(tx, id)).orElseThrow();
    }

    String events(Session session) {
        return database.read(tx ->
                        new SessionReadStore().events(tx, List.of(new SessionReadStore.EventTail(session.id(), 100))))
                .values()
                .toString();
    }

    static JsonNode body(String gpu) {
        return json(
                "{\"name\":\"test\",\"image\":{\"uri\":\"busybox\"},\"ssh_enabled\":false,\"gpu\":%s}".formatted(gpu));
    }

    private static JsonNode json(String text) {
        try {
            return new ObjectMapper().readTree(text);
        } catch (IOException e) {
            throw new AssertionError(text, e);
        }
    }

    Shop shop(String name, Good... goods) {
        Shop shop = new Shop(name, List.of(goods));
        providers.add(shop);
        return shop;
    }

    void open(String euros) {
        Ids ids = Ids.random();
        new BillingAdmin(database, clock, ids, RULES)
                .credit(
                        new BillingAdmin.By("operator", organization, "paid in"),
                        Money.ofEuros(euros),
                        UUID.randomUUID().toString());
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

    record Good(String reference, String gpu, int memoryMib, String rate, Supplier<ProviderFailure> refusal) {}

    /** Has any number of what it does not refuse. */
    static final class Shop implements Provider {
        private final String name;
        private final List<Good> goods;
        private final List<Machine> machines = new ArrayList<>();
        int launches;
        volatile boolean closed;
        volatile Runnable whenAsked = () -> {};

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
            whenAsked.run();
            return closed ? List.of() : listed();
        }

        private List<Offer> listed() {
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
            ProviderFailure failure = good.refusal == null ? null : good.refusal.get();
            if (failure != null) {
                throw failure;
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
