package com.mimiry.providers.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.providers.docker.HostGpus.Gpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NvidiaSmiTest {
    @TempDir
    Path directory;

    @Test
    void gpus_are_read_with_their_ids() throws IOException {
        NvidiaSmi.Answer answer = tool("""
                echo '0, GPU-11111111-2222-3333-4444-555555555555, NVIDIA H200, 143771'
                echo '1, GPU-66666666-7777-8888-9999-000000000000, NVIDIA GH200 480GB, [N/A]'
                """).ask();

        assertThat(answer)
                .isInstanceOfSatisfying(
                        NvidiaSmi.Answer.Found.class,
                        found -> assertThat(found.gpus())
                                .containsExactly(
                                        new Gpu("GPU-11111111-2222-3333-4444-555555555555", "NVIDIA H200", 143_771),
                                        new Gpu("GPU-66666666-7777-8888-9999-000000000000", "NVIDIA GH200 480GB", 0)));
    }

    @Test
    void a_machine_without_the_tool_or_without_gpus_has_none() throws IOException {
        assertThat(new NvidiaSmi(directory + "/absent", Duration.ofSeconds(5)).ask())
                .isInstanceOf(NvidiaSmi.Answer.None.class);
        assertThat(tool("echo 'No devices were found'; exit 6").ask()).isInstanceOf(NvidiaSmi.Answer.None.class);
    }

    @Test
    void a_tool_that_fails_says_so_in_its_own_words() throws IOException {
        assertThat(tool("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18")
                        .ask())
                .isInstanceOfSatisfying(
                        NvidiaSmi.Answer.Broken.class,
                        broken -> assertThat(broken.words()).contains("mismatch", "18"));
    }

    @Test
    void a_tool_that_hangs_is_given_up() throws IOException {
        NvidiaSmi hanging = new NvidiaSmi(script("exec sleep 60").toString(), Duration.ofMillis(300));

        assertThat(hanging.ask()).isInstanceOf(NvidiaSmi.Answer.Broken.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0, GPU-1, NVIDIA T4", "hello", "0, MIG-1, NVIDIA A100, 4864", "a,b,c,d,e"})
    void lines_that_are_not_understood_are_not_guessed_at(String line) {
        assertThat(NvidiaSmi.read(line)).isInstanceOf(NvidiaSmi.Answer.Broken.class);
    }

    private NvidiaSmi tool(String body) throws IOException {
        return new NvidiaSmi(script(body).toString(), Duration.ofSeconds(20));
    }

    private Path script(String body) throws IOException {
        Path file = Files.createTempFile(
                directory,
                "nvidia-smi",
                ".sh",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        return Files.writeString(file, "#!/bin/sh\n" + body);
    }
}
