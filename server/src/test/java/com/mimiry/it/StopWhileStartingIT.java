package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A server that is told to stop before it is ready. */
class StopWhileStartingIT {
    @Test
    void told_to_stop_at_any_moment_of_its_start_it_goes_without_complaint_and_can_be_started_again() throws Exception {
        try (MimiryServer server = MimiryServer.start(Map.of())) {
            server.stop();
            for (int millis : List.of(200, 500, 700, 900, 1_100, 1_400)) {
                server.begin();
                TimeUnit.MILLISECONDS.sleep(millis);
                server.stop();
            }
            assertThat(server.log()).doesNotContain("Exception").doesNotContain("ERROR");
            server.start();
        }
    }
}
