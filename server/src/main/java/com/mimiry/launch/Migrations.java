package com.mimiry.launch;

import com.mimiry.platform.Database;
import com.mimiry.platform.StartFailure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.text.NumberFormat;
import java.util.Calendar;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.crypto.Mac;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jdbi.v3.core.JdbiException;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * Brings a database up to date with Flyway. Loading Flyway takes a good part of a server's start and is for nothing where
 * all has been done before, so what Flyway has written down is compared first; whatever is not exactly as it should be is
 * left to Flyway to mend or to refuse.
 */
final class Migrations {
    /** What is in the way comes as an exception; all else is of no use to anybody. Kept here, since loggers are forgotten. */
    private static final Logger FLYWAY = Logger.getLogger("org.flywaydb");

    private static final String FOLDER = "db/migration";

    private Migrations() {}

    /** Lets Java load what {@link #run} needs first, for a caller who has to wait for the database anyway. */
    static void prepare() {
        new Database(new PGSimpleDataSource());
        Calendar.getInstance();
        NumberFormat.getIntegerInstance();
        try {
            Mac.getInstance("HmacSHA256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has this algorithm", e);
        }
    }

    /** @throws StartFailure when the database cannot be used or brought up to date */
    static void run(PGSimpleDataSource source) {
        if (!allDone(new Database(source))) {
            migrate(source);
        }
    }

    private static void migrate(PGSimpleDataSource source) {
        FLYWAY.setLevel(Level.SEVERE);
        try {
            Flyway.configure()
                    .dataSource(source)
                    .initSql("SET statement_timeout = 0; SET lock_timeout = '60s'")
                    .locations("classpath:" + FOLDER)
                    // Numbers belong to features, so a new migration may have a lower number than one that ran long
                    // ago.
                    .outOfOrder(true)
                    .load()
                    .migrate();
        } catch (FlywayException e) {
            throw StartProblem.of(e);
        }
    }

    static boolean allDone(Database database) {
        try {
            Optional<Map<String, Integer>> done = database.read(new MigrationStore()::done);
            return done.isPresent() && done.get().entrySet().containsAll(ours().entrySet());
        } catch (JdbiException | IOException | URISyntaxException | UncheckedIOException e) {
            // Flyway finds the same and has words for it.
            return false;
        }
    }

    /** The checksum of each of our migrations, by its file's name. */
    private static Map<String, Integer> ours() throws IOException, URISyntaxException {
        return names().stream().collect(Collectors.toMap(Function.identity(), Migrations::checksum));
    }

    private static List<String> names() throws IOException, URISyntaxException {
        Path code = Path.of(Migrations.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        if (Files.isDirectory(code)) {
            try (Stream<Path> files = Files.list(code.resolve(FOLDER))) {
                return scripts(files.map(Path::toString));
            }
        }
        try (JarFile jar = new JarFile(code.toFile())) {
            return scripts(jar.stream().map(JarEntry::getName).filter(name -> name.startsWith(FOLDER)));
        }
    }

    private static List<String> scripts(Stream<String> paths) {
        return paths.filter(path -> path.endsWith(".sql"))
                .map(path -> path.substring(path.lastIndexOf('/') + 1))
                .toList();
    }

    /** As Flyway counts it: CRC-32 over the lines without their ends. */
    private static int checksum(String name) {
        CRC32 sum = new CRC32();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Migrations.class.getResourceAsStream("/" + FOLDER + "/" + name), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                sum.update(line.getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return (int) sum.getValue();
    }
}
