package com.mimiry.volumes;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.IdempotencyKeys;
import com.mimiry.billing.BillingAdmin;
import com.mimiry.billing.BillingRules;
import com.mimiry.billing.PrepaidBilling;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.platform.Database;
import com.mimiry.platform.Money;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.TestConfig;
import com.mimiry.platform.TestDatabase;
import com.mimiry.platform.Transaction;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.reconcile.Reconciler.Next;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Volumes on a real database with real billing; provider, clock and steps are the test's. */
final class SteppedVolumes {
    static final Instant NOON = Instant.parse("2026-05-01T12:00:00Z");

    /** 0.073 a month is 100 micro-euro an hour for a GB. */
    private static final String PRICE = "0.073";

    final Database database = TestDatabase.create();
    final MovableClock clock = new MovableClock(NOON);
    final FakeVolumes provider = new FakeVolumes(clock);
    final UUID organization = UUID.randomUUID();
    final Caller ada = new Caller(UUID.randomUUID(), "ada@example.org", "ada", null, null);
    final PrepaidBilling billing = new PrepaidBilling(database, clock, UUID::randomUUID, BillingRules.defaults());
    final BillingAdmin books = new BillingAdmin(database, clock, UUID::randomUUID, BillingRules.defaults());
    final VolumeConfig config = TestConfig.of(VolumeConfig.class, Map.of("mimiry.volumes.monthly-price-per-gb", PRICE));
    final VolumeProviders providers = new VolumeProviders(List.of(provider.provider()), clock);
    final VolumePrices prices = new VolumePrices(config);
    private final VolumeSteps steps = new VolumeSteps(database, providers, prices, billing, config, clock);
    final Volumes service = new Volumes(
            database,
            new PlaceChoice(providers, prices),
            prices,
            new OneOrganization(),
            billing,
            new IdempotencyKeys(clock, Duration.ofHours(24)),
            new NoReconciler(),
            config,
            clock,
            UUID::randomUUID);
    final SessionVolumes sessions = new SessionVolumes(database, providers);

    SteppedVolumes() {
        database.useTransaction(
                tx -> billing.credit(tx, organization, Money.ofEuros("100"), "paid in", "test", clock.instant()));
    }

    Volume create(String name, int sizeGb) {
        return service.create(ada, request(name, sizeGb), null, "");
    }

    static NewVolume request(String name, int sizeGb) {
        return new NewVolume(name, BigDecimal.valueOf(sizeGb), null, null, null, null);
    }

    Volume ready(String name, int sizeGb) {
        Volume volume = create(name, sizeGb);
        step(volume);
        return reload(volume);
    }

    Volume grow(Volume volume, int sizeGb) {
        return service.grow(ada, volume.id(), "size_gb", BigDecimal.valueOf(sizeGb));
    }

    Volumes.Deleted delete(Volume volume) {
        return service.delete(ada, volume.id());
    }

    Next step(Volume volume) {
        return steps.step(volume.id());
    }

    Volume reload(Volume volume) {
        return service.get(ada, volume.id());
    }

    /** Steps as often as the steps say, until at rest. */
    Volume settle(Volume volume) {
        for (int i = 0; i < 200; i++) {
            switch (step(volume)) {
                case Next.Done _ -> {
                    return reload(volume);
                }
                case Next.After(Duration delay) -> {
                    if (delay.equals(billing.postingInterval())) {
                        return reload(volume);
                    }
                    clock.advance(delay.plusMillis(1));
                }
            }
        }
        throw new AssertionError("it never rests: " + reload(volume));
    }

    UUID attach(Volume volume) {
        UUID session = UUID.randomUUID();
        List<ChosenVolume> chosen = sessions.choose(
                organization, List.of(new MountRequest("volume_mounts[0]", volume.id(), null, "/data")));
        database.useTransaction(tx -> sessions.attach(tx, session, chosen, clock.instant()));
        return session;
    }

    void detach(UUID session) {
        database.useTransaction(tx -> sessions.detach(tx, session, clock.instant()));
    }

    static ErrorCode codeOf(Throwable thrown) {
        return ((ApiException) thrown).code();
    }

    static void assertRefused(ErrorCode code, Runnable call) {
        assertThatThrownBy(call::run)
                .asInstanceOf(type(ApiException.class))
                .extracting(ApiException::code)
                .isEqualTo(code);
    }

    BillingAdmin.By by() {
        return new BillingAdmin.By("test", organization, "test");
    }

    interface Attempt {
        Object run(int number) throws Exception;
    }

    /** @return what each gave, or the {@link ApiException} that it ended with */
    static List<Object> atOnce(int count, Attempt attempt) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Object>> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                calls.add(() -> {
                    try {
                        return attempt.run(number);
                    } catch (ApiException e) {
                        return e;
                    }
                });
            }
            List<Object> outcomes = new ArrayList<>();
            for (Future<Object> done : threads.invokeAll(calls)) {
                outcomes.add(done.get());
            }
            return outcomes;
        }
    }

    private final class OneOrganization implements Organizations {
        @Override
        public UUID resolve(Caller caller, @Nullable String name, Permission permission) {
            return organization;
        }

        @Override
        public Set<UUID> having(Caller caller, Permission permission) {
            return Set.of(organization);
        }

        @Override
        public boolean isMember(UUID organizationId, UUID userId) {
            return organization.equals(organizationId);
        }

        @Override
        public void requireKnown(UUID organizationId) {}

        @Override
        public void require(Caller caller, UUID organizationId, Permission permission) {}
    }

    /** Steps are the test's to make. */
    static final class NoReconciler implements Reconciler {
        @Override
        public void begin(Transaction tx, String kind, UUID id) {}

        @Override
        public void wake(String kind, UUID id) {}
    }
}
