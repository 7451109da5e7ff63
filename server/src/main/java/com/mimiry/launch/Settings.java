package com.mimiry.launch;

import com.mimiry.platform.DataDirectory;
import com.mimiry.platform.StartFailure;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The few settings that are needed before the application runs, found where it will look for them as well: system
 * property, environment, file.
 */
final class Settings {
    private final Properties file;
    private final UnaryOperator<@Nullable String> environment;

    private Settings(Properties file, UnaryOperator<@Nullable String> environment) {
        this.file = file;
        this.environment = environment;
    }

    /**
     * @param file a {@code .properties} file with {@code mimiry.} keys, which the application will read too; null = none
     * @throws StartFailure when it cannot be read
     */
    static Settings from(@Nullable Path file) {
        Properties properties = new Properties();
        if (file != null) {
            try (Reader reader = Files.newBufferedReader(file)) {
                properties.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new StartFailure("Cannot read the configuration file " + file + " (" + e + ").", e);
            }
            System.setProperty("quarkus.config.locations", file.toUri().toString());
        }
        return new Settings(properties, name -> name == null ? null : System.getenv(name));
    }

    Optional<String> get(String key) {
        return first(
                System.getProperty(key),
                environment.apply(key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_")),
                file.getProperty(key));
    }

    String get(String key, String otherwise) {
        return get(key).orElse(otherwise);
    }

    /** @throws StartFailure when it is not a TCP port number */
    int port(String key, int otherwise) {
        String value = get(key, Integer.toString(otherwise));
        try {
            int port = Integer.parseInt(value);
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw new StartFailure(key + " must be a port number from 0 to 65535, not '" + value + "'.");
    }

    /** What the file says; empty where there is none. */
    Map<String, String> fileEntries() {
        return file.stringPropertyNames().stream()
                .collect(Collectors.toUnmodifiableMap(name -> name, file::getProperty));
    }

    Path dataDirectory() {
        return get("mimiry.data-dir").map(Path::of).orElseGet(DataDirectory::standard);
    }

    private static Optional<String> first(@Nullable String... values) {
        for (String value : values) {
            if (value != null && !value.isBlank()) {
                return Optional.of(value.strip());
            }
        }
        return Optional.empty();
    }
}
