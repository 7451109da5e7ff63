package com.mimiry.platform;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * The PostgreSQL programs that come on the class path, unpacked once per machine and version.
 *
 * @param home the directory that holds {@code bin}, {@code lib} and {@code share}
 */
record PostgresBinaries(Path home) {
    /** As in server/pom.xml; a test compares it with what the programs say. */
    static final String VERSION = "18.6.0";

    /**
     * Finds the programs under {@code cache}, unpacking them first where they are not there yet. Two processes may do so
     * at once: each unpacks for itself and one of them wins the rename.
     *
     * @throws StartFailure when the directory is not writable or this processor is not supported
     */
    static PostgresBinaries in(Path cache) {
        Path home = cache.resolve("postgresql-" + VERSION);
        if (!Files.isExecutable(home.resolve("bin/postgres"))) {
            try {
                unpack(cache, home);
            } catch (IOException e) {
                throw new StartFailure("Cannot unpack PostgreSQL to " + home + " (" + StartFailure.reason(e) + ").", e);
            }
        }
        return new PostgresBinaries(home);
    }

    String program(String name) {
        return home.resolve("bin").resolve(name).toString();
    }

    private static void unpack(Path cache, Path home) throws IOException {
        Files.createDirectories(cache);
        Path fresh = Files.createTempDirectory(cache, "unpacking");
        try {
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rwxr-xr-x"));
            try (InputStream packed = new BufferedInputStream(archive());
                    TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(packed))) {
                for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                    write(tar, entry, fresh.resolve(entry.getName()).normalize());
                }
            }
            moveIntoPlace(fresh, home);
        } finally {
            deleteTree(fresh);
        }
    }

    private static void moveIntoPlace(Path fresh, Path home) throws IOException {
        try {
            Files.move(fresh, home);
        } catch (FileAlreadyExistsException e) {
            if (!Files.isExecutable(home.resolve("bin/postgres"))) {
                throw e;
            }
        }
    }

    private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path target) throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Files.createDirectories(target.getParent());
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
            return;
        }
        Files.copy(tar, target);
        boolean executable = (entry.getMode() & 0100) != 0;
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }

    private static InputStream archive() {
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        String name = switch (processor) {
            case "amd64", "x86_64" -> "/postgres-linux-x86_64.txz";
            case "aarch64", "arm64" -> "/postgres-linux-arm_64.txz";
            default ->
                throw new StartFailure("There is no bundled PostgreSQL for the processor " + processor
                        + ": set MIMIRY_DATABASE_URL to one of your own.");
        };
        InputStream archive = PostgresBinaries.class.getResourceAsStream(name);
        if (archive == null) {
            throw new StartFailure(
                    "The bundled PostgreSQL " + name + " is not in this build: set MIMIRY_DATABASE_URL.");
        }
        return archive;
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> paths = Files.walk(root)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
