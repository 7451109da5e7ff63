package com.mimiry.launch;

import com.mimiry.platform.StartFailure;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the server until it is told to stop. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = "Runs the server until it gets SIGTERM or SIGINT.",
        sortOptions = false)
final class ServeCommand implements Callable<Integer> {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where everything is kept (default: /var/lib/mimiry as root, else ~/.local/share/mimiry).")
    private @Nullable Path data;

    @Option(names = "--http-port", paramLabel = "N", description = "Port of the API (default: 8080; 0 = any).")
    private @Nullable Integer httpPort;

    @Option(
            names = "--ssh-port",
            paramLabel = "N",
            description = "Port of the SSH front door (default: 22 if it is free, else 2222; 0 = any).")
    private @Nullable Integer sshPort;

    @Option(names = "--config", paramLabel = "FILE", description = "A .properties file with mimiry.* keys.")
    private @Nullable Path config;

    @Override
    public Integer call() {
        override("mimiry.data-dir", data);
        override("mimiry.http.port", httpPort);
        override("mimiry.ssh.port", sshPort);
        try (Server server = Server.prepare(Settings.from(config))) {
            server.run();
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("Interrupted.", e);
        }
    }

    private static void override(String key, @Nullable Object value) {
        if (value != null) {
            System.setProperty(key, value.toString());
        }
    }
}
