package com.mimiry.launch;

import com.mimiry.platform.StartFailure;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/**
 * What the server in a data directory tells others about itself, in {@code server.properties} there.
 *
 * @param pid its process
 * @param api the API's base URL
 * @param sshPort where it takes SSH logins
 * @param postgresPort its embedded PostgreSQL's port; 0 = the database is external
 * @param ready whether it answers
 */
record RunningServer(long pid, String api, int sshPort, int postgresPort, boolean ready) {
    /** Reads what the server there says; empty where none says anything, or the one that did has ended. */
    static Optional<RunningServer> in(Path dataDirectory) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file(dataDirectory))) {
            properties.load(reader);
            RunningServer server = new RunningServer(
                    Long.parseLong(properties.getProperty("pid")),
                    properties.getProperty("api"),
                    Integer.parseInt(properties.getProperty("ssh-port")),
                    Integer.parseInt(properties.getProperty("postgres-port")),
                    Boolean.parseBoolean(properties.getProperty("ready")));
            return ProcessHandle.of(server.pid()).isPresent() ? Optional.of(server) : Optional.empty();
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    void tell(Path dataDirectory) {
        List<String> lines = List.of(
                "pid=" + pid, "api=" + api, "ssh-port=" + sshPort, "postgres-port=" + postgresPort, "ready=" + ready);
        Path fresh = dataDirectory.resolve("server.properties.new");
        try {
            Files.write(fresh, lines);
            Files.move(fresh, file(dataDirectory), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new StartFailure("Cannot write to " + dataDirectory + " (" + StartFailure.reason(e) + ").", e);
        }
    }

    static void forget(Path dataDirectory) throws IOException {
        Files.deleteIfExists(file(dataDirectory));
    }

    private static Path file(Path dataDirectory) {
        return dataDirectory.resolve("server.properties");
    }
}
