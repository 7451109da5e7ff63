package com.mimiry.launch;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.StartFailure;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.ConfigValidationException.Problem;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class StartProblemTest {
    @Test
    void an_unknown_key_is_named_with_its_place() {
        Exception problem = new ConfigValidationException(new Problem[] {
            new Problem("SRCFG00050: mimiry.htpp.port in file:/etc/m.properties:3 does not map to any root"),
            new Problem("SRCFG00014: The config property mimiry.x is required\nbut it could not be found")
        });

        assertThat(StartProblem.of(new RuntimeException(problem)))
                .isInstanceOf(StartFailure.class)
                .hasMessageEndingWith("unknown key mimiry.htpp.port in file:/etc/m.properties:3; mimiry.x is not set")
                .hasMessageNotContaining("\n");
    }

    @Test
    void a_database_that_cannot_be_reached_is_one_line() {
        Exception problem = new RuntimeException(
                new FlywayException("Unable to obtain connection from database: refused\n-----\nSQL State: 08001"));

        assertThat(StartProblem.of(problem))
                .isInstanceOf(StartFailure.class)
                .hasMessageEndingWith("Unable to obtain connection from database: refused");
    }

    @Test
    void what_a_feature_says_is_said_as_it_is() {
        StartFailure said = new StartFailure("Port 22 is taken.");

        assertThat(StartProblem.of(new RuntimeException(new IllegalStateException(said))))
                .isSameAs(said);
    }

    @Test
    void a_value_that_a_feature_does_not_take_is_one_line() {
        Exception problem = new IllegalArgumentException("mimiry.docker.prices.T4: -1 is no price in euro per hour");

        assertThat(StartProblem.of(new RuntimeException(problem)))
                .isInstanceOf(StartFailure.class)
                .hasMessageEndingWith("mimiry.docker.prices.T4: -1 is no price in euro per hour");
    }

    @Test
    void a_fault_of_ours_keeps_its_trace() {
        RuntimeException fault = new IllegalStateException("never");

        assertThat(StartProblem.of(fault)).isSameAs(fault);
    }
}
