package com.mimiry.launch;

import com.mimiry.platform.StartFailure;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
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
    private static final String DATA = "--data";
    private static final String HTTP_PORT = "--http-port";
    private static final String SSH_PORT = "--ssh-port";
    private static final String CONFIG = "--config";

    @Option(
            names = DATA,
            paramLabel = "DIR",
            description = "Where everything is kept (default: /var/lib/mimiry as root, else ~/.local/share/mimiry).")
    private @Nullable Path data;

    @Option(names = HTTP_PORT, paramLabel = "N", description = "Port of the API (default: 8080; 0 = any).")
    private @Nullable Integer httpPort;

    @Option(
            names = SSH_PORT,
            paramLabel = "N",
            description = "Port of the SSH front door (default: 22 if it is free, else 2222; 0 = any).")
    private @Nullable Integer sshPort;

    @Option(names = CONFIG, paramLabel = "FILE", description = "A .properties file with mimiry.* keys.")
    private @Nullable Path config;

    /**
     * Reads what a server is usually started with; the library that knows everything else about command lines takes as long
     * to load as PostgreSQL takes to start.
     *
     * @return null where that library has to be asked
     */
    static @Nullable ServeCommand plain(List<String> words) {
        ServeCommand command = new ServeCommand();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < words.size(); i += 2) {
            String value = i + 1 < words.size() ? words.get(i + 1) : "";
            if (value.isEmpty()
                    || value.startsWith("-")
                    || !seen.add(words.get(i))
                    || !command.take(words.get(i), value)) {
                return null;
            }
        }
        return command;
    }

    private boolean take(String name, String value) {
        boolean number = value.matches("[0-9]{1,9}");
        switch (name) {
            case DATA -> data = Path.of(value);
            case CONFIG -> config = Path.of(value);
            case HTTP_PORT -> httpPort = number ? Integer.valueOf(value) : null;
            case SSH_PORT -> sshPort = number ? Integer.valueOf(value) : null;
            default -> {
                return false;
            }
        }
        return number || name.equals(DATA) || name.equals(CONFIG);
    }

    @Override
    public Integer call() {
        override("mimiry.data-dir", data);
        override("mimiry.http.port", httpPort);
        override("mimiry.ssh.port", sshPort);
        ApplicationLoader application = ApplicationLoader.begin();
        try (Server server = Server.prepare(Settings.from(config), application)) {
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
