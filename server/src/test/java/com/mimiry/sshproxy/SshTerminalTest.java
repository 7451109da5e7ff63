package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.sshproxy.FrontDoorFixture.TestKey;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Logins with a terminal; python gives the client a pseudo-terminal to resize. */
class SshTerminalTest {
    private static final String ON_A_TERMINAL = """
            import fcntl, os, pty, signal, struct, sys, termios, time
            def size(fd, rows, columns):
                fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))
            pid, fd = pty.fork()
            if pid == 0:
                signal.signal(signal.SIGWINCH, signal.SIG_DFL)
                time.sleep(0.3)
                os.execvp(sys.argv[1], sys.argv[1:])
            size(fd, 33, 111)
            seen = b''
            def until(mark):
                global seen
                while mark not in seen:
                    data = os.read(fd, 4096)
                    if not data: break
                    seen += data
            try:
                os.write(fd, b'')
                until(b'ready')
                size(fd, 44, 122); os.kill(pid, signal.SIGWINCH)
                until(b'44 122')
                os.write(fd, b'bye\\n')
                while True:
                    data = os.read(fd, 4096)
                    if not data: break
                    seen += data
            except OSError: pass
            _, status = os.waitpid(pid, 0)
            sys.stdout.buffer.write(seen); sys.exit(os.waitstatus_to_exitcode(status))
            """;
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
    void a_terminal_has_the_clients_size_follows_its_resize_and_gives_the_exit_code() {
        String loop =
                "stty size; echo $TERM; echo ready; while ! stty size | grep -q '44 122'; do sleep 0.1; done; stty size; read word; exit 5";

        Ran ran = onTerminal("env", "TERM=vt220", "-tt", loop).expect(5);

        assertThat(ran.text()).contains("33 111\r\n").contains("vt220\r\n").contains("44 122\r\n");
    }

    @Test
    void an_interactive_login_gets_bash_where_the_image_has_it_with_the_images_own_path() {
        container.shell(
                "printf '#!/bin/sh\\necho this is bash with $# words; exec sh\\n' > /bin/bash; chmod +x /bin/bash");
        try {
            assertThat(fixture.runWithInput(key, "exit 4\n".getBytes(StandardCharsets.UTF_8), "-tt", "127.0.0.1")
                            .expect(4)
                            .text())
                    .contains("this is bash with 0 words\r\n");
        } finally {
            container.shell("rm /bin/bash");
        }
    }

    @Test
    void without_bash_it_gets_sh_in_the_images_working_directory() {
        assertThat(fixture.runWithInput(key, "pwd; tty; exit 6\n".getBytes(StandardCharsets.UTF_8), "-tt", "127.0.0.1")
                        .expect(6)
                        .text())
                .contains("/work\r\n")
                .contains("/dev/pts/");
    }

    private static Ran onTerminal(String program, String setting, String... rest) {
        return Ran.command(
                Stream.of(
                                List.of("python3", "-c", ON_A_TERMINAL, program, setting),
                                fixture.ssh(key, rest[0], "127.0.0.1", rest[1]))
                        .flatMap(List::stream)
                        .toList(),
                new byte[0]);
    }
}
