package com.mimiry.launch;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.DataDirectory;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What stands in the way of a start is one line on standard error and a status, never a stack trace. */
@NullMarked
class ServeCommandTest {
    private final StringWriter complaints = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @AfterEach
    void forgetSettings() {
        List.of("mimiry.data-dir", "mimiry.http.port", "mimiry.ssh.port", "quarkus.config.locations")
                .forEach(System::clearProperty);
    }

    @Test
    void a_busy_http_port_is_named_with_the_way_out() throws Exception {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(busy.getLocalPort());

            int status = serve("--data", directory.toString(), "--http-port", port, "--ssh-port", "0");

            assertComplaint(status, "Port " + port + " on 127.0.0.1 is not free", "--http-port");
        }
    }

    @Test
    void a_busy_ssh_port_is_named_with_the_way_out() throws Exception {
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(busy.getLocalPort());

            int status = serve("--data", directory.toString(), "--http-port", "0", "--ssh-port", port);

            assertComplaint(status, "Port " + port, "SSH", "--ssh-port");
        }
    }

    @Test
    void a_second_server_on_one_directory_is_refused() {
        try (DataDirectory _ = DataDirectory.open(directory)) {
            int status = serve("--data", directory.toString(), "--http-port", "0", "--ssh-port", "0");

            assertComplaint(status, "already runs on " + directory, "--data");
        }
    }

    @Test
    void an_unwritable_directory_is_refused() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        int status = serve("--data", file.toString(), "--http-port", "0", "--ssh-port", "0");

        assertComplaint(status, "Cannot write to the data directory " + file, "--data");
    }

    @Test
    void an_impossible_port_is_refused() {
        assertComplaint(serve("--http-port", "65536"), "mimiry.http.port", "'65536'");
    }

    @Test
    void a_missing_configuration_file_is_named() {
        Path missing = directory.resolve("missing.properties");

        assertComplaint(serve("--config", missing.toString()), missing.toString());
    }

    @Test
    void a_port_from_the_configuration_file_is_checked_like_one_from_the_command_line() throws Exception {
        Path config = Files.writeString(directory.resolve("server.properties"), "mimiry.http.port = many\n");

        assertComplaint(serve("--config", config.toString()), "mimiry.http.port", "'many'");
    }

    private int serve(String... arguments) {
        CommandLine line = Main.commandLine().setErr(new PrintWriter(complaints));
        String[] all = new String[arguments.length + 1];
        all[0] = "serve";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return line.execute(all);
    }

    private void assertComplaint(int status, CharSequence... parts) {
        assertThat(status).isEqualTo(1);
        assertThat(complaints.toString().strip())
                .startsWith("mimiry: ")
                .contains(parts)
                .doesNotContain("\n");
    }
}
