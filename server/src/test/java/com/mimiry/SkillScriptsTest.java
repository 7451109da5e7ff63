package com.mimiry;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the tests of skill/, which are shell scripts themselves, as part of the build. */
@NullMarked
class SkillScriptsTest {
    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void the_scripts_of_the_skill_pass_their_own_tests() throws Exception {
        var script = Path.of("..", "skill", "test", "run.sh").toAbsolutePath().normalize();
        assertThat(Files.isExecutable(script)).as("%s is there", script).isTrue();
        var builder = new ProcessBuilder("bash", script.toString()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        var process = builder.start();
        process.getOutputStream().close();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
