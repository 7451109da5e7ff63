package com.mimiry.sessions;

import static com.mimiry.sessions.SessionFixture.at;
import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.containers.InitLine;
import com.mimiry.sessions.Observed.ImageSight;
import com.mimiry.sessions.Observed.MoneySight;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What ends a session by itself, on the server and on its machine: its time, its money, a suspension. */
class DeadlinePlanTest {
    @ParameterizedTest
    @EnumSource(
            value = Operation.class,
            names = {"PROVISIONING", "SETTING_UP", "PULLING_IMAGE", "STARTING_CONTAINER"})
    void the_end_of_the_money_and_a_suspension_end_every_step_before_the_start(Operation operation) {
        SessionFixture early = new SessionFixture();
        early.state = operation == Operation.PROVISIONING ? SessionState.SUBMITTED : SessionState.PROVISIONED;
        early.operation = operation;
        early.attempt = operation == Operation.PROVISIONING ? null : Attempt.Status.LAUNCHED;
        assertThat(SessionPlan.looks(early.row(), at(1))).contains(SessionPlan.Look.MONEY);
        early.money = new MoneySight.Over(StopReason.SUSPENDED);
        assertThat(early.next(1)).isEqualTo(new Decision.RequestEnd(StopReason.SUSPENDED));
    }

    @Test
    void the_end_of_the_money_ends_a_long_pull() {
        SessionFixture pulling = new SessionFixture();
        pulling.state = SessionState.PROVISIONED;
        pulling.operation = Operation.PULLING_IMAGE;
        pulling.image = new ImageSight.Pulling("half");
        pulling.attempt = Attempt.Status.LAUNCHED;
        pulling.money = new MoneySight.Over(StopReason.BALANCE_DEPLETED);
        assertThat(pulling.next(1)).isEqualTo(new Decision.RequestEnd(StopReason.BALANCE_DEPLETED));
    }

    @Test
    void rule_7_the_deadline_is_met_to_the_moment() {
        SessionFixture limited = SessionFixture.started();
        limited.maxDuration = Duration.ofSeconds(60);
        assertThat(limited.next(59.9)).isEqualTo(new Decision.Pause(Duration.ofMillis(101)));
        assertThat(limited.next(60)).isEqualTo(new Decision.RequestEnd(StopReason.TIMED_OUT));
    }

    @Test
    void the_end_of_the_money_ends_a_running_session() {
        SessionFixture broke = SessionFixture.started();
        broke.money = new MoneySight.Over(StopReason.BALANCE_DEPLETED);
        assertThat(broke.next(1)).isEqualTo(new Decision.RequestEnd(StopReason.BALANCE_DEPLETED));
    }

    private static MoneySight lasts(double seconds) {
        return new MoneySight.Lasts(end(seconds));
    }

    private static MoneyEnd end(double seconds) {
        return new MoneyEnd(at(seconds), StopReason.BALANCE_DEPLETED);
    }

    @Test
    void rule_7_the_machine_is_told_when_the_money_ends_and_again_when_that_has_changed() {
        SessionFixture paid = SessionFixture.started();
        paid.money = lasts(1_000);
        assertThat(paid.next(1)).isEqualTo(new Decision.Arm(end(1_000)));
        paid.moneyOrder = new MoneyOrder(1, end(1_000), true);
        assertThat(paid.next(1)).isInstanceOf(Decision.Pause.class);
        paid.money = lasts(500);
        assertThat(paid.next(1)).as("another session has begun").isEqualTo(new Decision.Arm(end(500)));
        paid.money = lasts(2_000);
        assertThat(paid.next(1)).as("money was paid in").isEqualTo(new Decision.Arm(end(2_000)));
        paid.money = new MoneySight.Lasts(MoneyEnd.NEVER);
        assertThat(paid.next(1)).isEqualTo(new Decision.Arm(MoneyEnd.NEVER));
        paid.money = new MoneySight.Lasts(new MoneyEnd(at(1_000), StopReason.COST_LIMIT));
        assertThat(paid.next(1)).as("for another reason").isInstanceOf(Decision.Arm.class);
    }

    @Test
    void rule_7_the_machine_is_told_again_where_it_may_not_have_heard() {
        SessionFixture paid = SessionFixture.started();
        paid.money = lasts(1_000);
        paid.moneyOrder = new MoneyOrder(3, end(1_000), false);
        assertThat(paid.next(1)).isEqualTo(new Decision.Arm(end(1_000)));
    }

    @Test
    void a_machine_is_not_told_of_a_difference_that_is_small_against_the_time_left() {
        SessionFixture paid = SessionFixture.started();
        paid.moneyOrder = new MoneyOrder(1, end(1_000_000), true);
        paid.money = lasts(991_000);
        assertThat(paid.next(1)).isInstanceOf(Decision.Pause.class);
        assertThat(paid.next(500_000)).isInstanceOf(Decision.Arm.class);
        paid.moneyOrder = new MoneyOrder(2, end(100), true);
        paid.money = lasts(103);
        assertThat(paid.next(90)).isInstanceOf(Decision.Pause.class);
        paid.money = lasts(104);
        assertThat(paid.next(90)).isInstanceOf(Decision.Arm.class);
    }

    @Test
    void a_session_that_is_ending_is_told_nothing_about_money() {
        SessionFixture ending = SessionFixture.started();
        ending.endReason = StopReason.USER_REQUESTED;
        ending.endRequestedAt = at(1);
        ending.money = lasts(1_000);
        assertThat(ending.next(1)).isInstanceOf(Decision.ShowStopping.class);
    }

    @ParameterizedTest
    @EnumSource(
            value = StopReason.class,
            names = {"BALANCE_DEPLETED", "COST_LIMIT"})
    void rule_7_money_that_ended_while_the_server_was_away_is_the_reason_of_the_end(StopReason reason) {
        SessionFixture ended = SessionFixture.exited(143);
        ended.moneyOrder = new MoneyOrder(2, new MoneyEnd(at(3), reason), true);
        ended.reports.add(new InitLine.Unpaid(at(3)));
        ended.reports.add(new InitLine.CommandEnded(at(3.1), 143, false, false));
        assertThat(ended.next(5)).isEqualTo(new Decision.Conclude(SessionState.STOPPED, 143, null, reason, at(4)));
        ended.exitCode = 0;
        ended.endedAt = at(2);
        assertThat(ended.next(5))
                .as("of a kept machine too")
                .isEqualTo(new Decision.Conclude(SessionState.STOPPED, 0, null, reason, at(2)));
    }
}
