package com.mimiry.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchException;

import com.mimiry.platform.PlatformConfig;
import com.mimiry.platform.StartFailure;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

@NullMarked
class StartProblemTest {
    @Test
    void an_unknown_key_in_a_file_stops_the_start_and_is_named() {
        Exception problem = catchException(() -> config(Map.of("mimiry.htpp.port", "1"), Map.of()));

        assertThat(StartProblem.of(problem))
                .isInstanceOf(StartFailure.class)
                .hasMessageContaining("unknown key mimiry.htpp.port in ")
                .hasMessageNotContaining("\n");
    }

    @Test
    void variables_of_clients_on_the_same_machine_do_not_stop_the_start() {
        Map<String, String> environment = Map.of(
                "MIMIRY_TOKEN",
                "t",
                "MIMIRY_API",
                "u",
                "MIMIRY_API_BASE",
                "v",
                "MIMIRY_KEY",
                "w",
                "MIMIRY_HTTP_PORT",
                "9");

        SmallRyeConfig config = config(Map.of(), environment);

        assertThat(config.getConfigMapping(PlatformConfig.class).http().port()).isEqualTo(9);
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
    void a_fault_of_ours_keeps_its_trace() {
        RuntimeException fault = new IllegalStateException("never");

        assertThat(StartProblem.of(fault)).isSameAs(fault);
    }

    private static SmallRyeConfig config(Map<String, String> file, Map<String, String> environment) {
        return new SmallRyeConfigBuilder()
                .withMapping(PlatformConfig.class)
                .withSources(new PropertiesConfigSource(file, "file", 100), new EnvConfigSource(environment, 300))
                .build();
    }
}
