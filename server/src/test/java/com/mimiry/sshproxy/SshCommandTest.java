package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.sshproxy.FrontDoorFixture.TestKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Remote commands through the real OpenSSH client into a real container. */
class SshCommandTest {
    private static final int BULK_MIB = 100;
    private static TestContainer container;
    private static FrontDoorFixture fixture;
    private static TestKey key;

    @BeforeAll
    static void open() {
        container = new TestContainer();
        fixture = new FrontDoorFixture();
        key = fixture.newKey();
        fixture.session(key, "work", null, container);
    }

    @AfterAll
    static void close() {
        fixture.close();
        container.close();
    }

    @Test
    void a_command_prints_exactly_what_it_prints() {
        Ran ran = fixture.run(key, "127.0.0.1", "echo ok").expect(0);

        assertThat(ran.text()).isEqualTo("ok\n");
        assertThat(ran.errors()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 126, 127, 128, 129, 137, 200, 254, 255})
    void the_exit_code_arrives(int code) {
        fixture.run(key, "127.0.0.1", "exit " + code).expect(code);
    }

    @Test
    void all_exit_codes_arrive_on_one_connection() {
        Path control = fixture.directory().resolve("codes");
        String line = String.join(" ", fixture.ssh(key, "-o", "ControlPath=" + control));
        String script = line + " -M -N -f 127.0.0.1 && for i in $(seq 0 255); do " + line
                + " 127.0.0.1 exit $i; c=$?; [ $c = $i ] || echo $i became $c; done; " + line + " -O exit 127.0.0.1";

        assertThat(Ran.command(List.of("bash", "-c", script), new byte[0])
                        .expect(0)
                        .text())
                .isEmpty();
    }

    @Test
    void stdout_and_stderr_stay_apart() {
        Ran ran =
                fixture.run(key, "127.0.0.1", "echo out; echo err >&2; exit 7").expect(7);

        assertThat(ran.text()).isEqualTo("out\n");
        assertThat(ran.errors()).isEqualTo("err\n");
    }

    @Test
    void the_clients_end_of_file_reaches_the_process_and_its_output_comes_back_whole() {
        byte[] input = "one\ntwo\n".getBytes(StandardCharsets.UTF_8);

        assertThat(fixture.runWithInput(key, input, "127.0.0.1", "cat; echo end")
                        .expect(0)
                        .text())
                .isEqualTo("one\ntwo\nend\n");
    }

    @Test
    void bulk_is_exact_both_ways_at_once_and_across_new_session_keys() throws IOException {
        byte[] data = random(BULK_MIB << 20);
        Path in = Files.write(fixture.directory().resolve("in"), data);
        Path out = fixture.directory().resolve("out");
        String line = String.join(" ", fixture.ssh(key, "-o", "RekeyLimit=16M", "127.0.0.1"));

        Ran.command(List.of("bash", "-c", line + " cat < " + in + " > " + out), new byte[0])
                .expect(0);

        assertThat(Files.mismatch(in, out)).isEqualTo(-1);
    }

    @Test
    void bulk_upload_and_download_are_exact() throws IOException {
        byte[] data = random(BULK_MIB << 20);
        Path in = Files.write(fixture.directory().resolve("up"), data);
        String line = String.join(" ", fixture.ssh(key, "127.0.0.1"));
        String script = line + " 'cat > /tmp/bulk' < " + in + " && " + line + " 'sha256sum < /tmp/bulk' && sha256sum < "
                + in + " && " + line + " cat /tmp/bulk | sha256sum && " + line + " rm /tmp/bulk";

        assertThat(Ran.command(List.of("bash", "-c", script), new byte[0])
                        .expect(0)
                        .text()
                        .lines()
                        .distinct())
                .hasSize(1);
    }

    @Test
    void small_writes_lose_nothing() {
        Ran ran = fixture.run(key, "127.0.0.1", "i=0; while [ $i -lt 20000 ]; do echo $i; i=$((i+1)); done")
                .expect(0);

        assertThat(ran.text().lines()).hasSize(20_000);
    }

    @Test
    void a_process_that_takes_no_input_ends_all_the_same() throws IOException {
        Path in = Files.write(fixture.directory().resolve("much"), random(32 << 20));
        String line = String.join(" ", fixture.ssh(key, "127.0.0.1"));

        assertThat(Ran.command(List.of("bash", "-c", line + " 'head -c 3 | wc -c' < " + in), new byte[0])
                        .expect(0)
                        .text())
                .isEqualTo("3\n");
    }

    @Test
    void harmless_variables_pass_and_the_loaders_do_not() {
        Ran ran = fixture.run(
                        key,
                        "-o",
                        "SetEnv=LANG=C.UTF-8 LC_ALL=C MY_VAR=here LD_PRELOAD=/tmp/x.so BASH_ENV=/tmp/x",
                        "127.0.0.1",
                        "echo $LANG,$LC_ALL,$MY_VAR,$LD_PRELOAD,$BASH_ENV,$USER,$COLUMNS,$PWD")
                .expect(0);

        assertThat(ran.text()).isEqualTo("C.UTF-8,C,here,,,,,/work\n");
    }

    @Test
    void a_command_may_hold_any_text() {
        assertThat(fixture.run(key, "127.0.0.1", "printf '%s' \"ü 'quote' \\\"double\\\" $((6*7)) 漢\"")
                        .expect(0)
                        .text())
                .isEqualTo("ü 'quote' \"double\" 42 漢");
    }

    @Test
    void a_script_on_stdin_runs_in_the_login_shell() {
        byte[] script = "echo $((1+1)); exit 3\n".getBytes(StandardCharsets.UTF_8);

        assertThat(fixture.runWithInput(key, script, "-T", "127.0.0.1")
                        .expect(3)
                        .text())
                .isEqualTo("2\n");
    }

    private static byte[] random(int length) {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        byte[] bytes = new byte[length];
        new SplittableRandom(seed).nextBytes(bytes);
        return bytes;
    }
}
