package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.api.ApiException;
import com.mimiry.billing.AccountSuspension;
import com.mimiry.billing.BillingAdmin;
import com.mimiry.platform.Ids;
import com.mimiry.providers.ProviderFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Which candidate is tried after which refusal: real sessions, billing and market over providers of the test's own. */
class PlacementTest extends ShopFixture {
    private static final Supplier<ProviderFailure> FULL = () -> new ProviderFailure.NoCapacity("none left");

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
    void a_server_that_dies_while_it_asks_the_only_provider_asks_it_again_when_nothing_came_of_it() {
        AtomicInteger deaths = new AtomicInteger();
        Shop only = shop("only", new Good("h100", "NVIDIA H100 80GB HBM3", 81_559, "2", () -> {
            if (deaths.getAndIncrement() == 0) {
                throw new IllegalStateException("killed");
            }
            return null;
        }));
        open("100");
        assertThatThrownBy(() -> run("{\"max_attempts\":1}")).hasMessage("killed");
        Session session = resume();
        assertThat(session.placement().provider()).isEqualTo("only");
        assertThat(session.attempt().ordinal()).isEqualTo(2);
        assertThat(only.machines()).hasSize(1);
    }

    @Test
    void a_provider_that_gives_no_answer_and_no_machine_is_asked_as_often_as_may_be() {
        Shop only = shop(
                "only",
                new Good(
                        "h100",
                        "NVIDIA H100 80GB HBM3",
                        81_559,
                        "2",
                        () -> new ProviderFailure.Unavailable("timed out", null)));
        open("100");
        Session session = run("{\"max_attempts\":3}");
        assertThat(session.result().endState()).isEqualTo(SessionState.PROVISION_FAILED);
        assertThat(session.result().error()).contains("in 3 attempts");
        assertThat(only.launches).isEqualTo(3);
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

    @Test
    void a_create_that_is_refused_is_answered_with_what_a_repeat_of_it_has_got_meanwhile() {
        Shop shop = shop("shop", new Good("h100", "NVIDIA H100 80GB HBM3", 81_559, "2", null));
        open("100");
        SimulatedServer other = server;
        open("100");
        JsonNode body = body("{}");
        List<UUID> got = new ArrayList<>();
        shop.whenAsked = () -> {
            shop.whenAsked = () -> {};
            got.add(other.create(caller, body, "one-key"));
            shop.closed = true;
        };
        assertThat(server.create(caller, body, "one-key")).isEqualTo(got.getFirst());
        assertThatThrownBy(() -> server.create(caller, body, "another-key")).isInstanceOf(ApiException.class);
        other.close();
    }
}
