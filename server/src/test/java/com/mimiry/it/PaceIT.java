package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mimiry.platform.TestDatabase;
import com.mimiry.simulator.verda.Boot;
import com.mimiry.simulator.verda.MachineHost;
import com.mimiry.simulator.verda.VerdaEmulator;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two server processes share what one account at a provider may be asked. */
class PaceIT {
    private static final int LISTS_PER_MINUTE = 60;
    private static final int LISTS = 20;

    @Test
    void two_servers_together_list_no_more_often_than_one_may() {
        try (VerdaEmulator verda = VerdaEmulator.start(0, Clock.systemUTC(), MachineHost.none())) {
            // Machines that never come up are looked for in listings all the time, by whoever takes the step.
            verda.account().boot(Boot.QUICK.with(Boot.Plan.NEVER));
            Map<String, String> config = EmulatedVerda.settings(
                    verda,
                    Map.of(
                            "mimiry.database.url", TestDatabase.createUrl(),
                            "mimiry.database.username",
                                    TestDatabase.server().access().username(),
                            "mimiry.database.password",
                                    TestDatabase.server().access().password().reveal(),
                            "mimiry.secret-key", Base64.getEncoder().encodeToString(new byte[32]),
                            "mimiry.docker.enabled", "false",
                            "mimiry.sweep.interval", "2s",
                            "mimiry.providers.verda.lists-per-minute", Integer.toString(LISTS_PER_MINUTE)));
            try (MimiryServer one = MimiryServer.start(config);
                    MimiryServer other = MimiryServer.start(config)) {
                TestUser user = one.user("1000");
                for (TestUser at : List.of(user, user.at(other), user, user.at(other), user, user.at(other))) {
                    at.post(
                                    "/api/compute/v1/sessions",
                                    "{\"name\":\"test\",\"image\":{\"uri\":\"none\"},\"gpu\":{\"types\":[\"H100\"]}}")
                            .expect(202);
                }
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> verda.account().live().size() == 6);
                long before = lists(verda);
                long began = System.nanoTime();
                await().atMost(Duration.ofSeconds(120))
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> lists(verda) >= before + LISTS);
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                // Some of them may have been late when the count began.
                assertThat(took)
                        .isGreaterThan(
                                Duration.ofMinutes(1).multipliedBy(LISTS - 4).dividedBy(LISTS_PER_MINUTE));
            }
        }
    }

    private static long lists(VerdaEmulator verda) {
        return verda.calls().stream().filter("GET /instances"::equals).count();
    }
}
