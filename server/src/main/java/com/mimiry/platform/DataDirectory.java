package com.mimiry.platform;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The directory that holds a deployment's state, locked for one process: {@code postgres/} and {@code postgres.password}
 * (the embedded database), {@code secret.key}, {@code lock}, {@code server.properties} (what runs here now).
 */
public final class DataDirectory implements AutoCloseable {
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private final Path root;
    private final FileChannel lockFile;

    private DataDirectory(Path root, FileChannel lockFile) {
        this.root = root;
        this.lockFile = lockFile;
    }

    /** Where data goes unless somebody says otherwise: {@code /var/lib/mimiry} for root, else under the user's home. */
    public static Path standard() {
        if (PostgresAccount.ofThisProcess().asRoot()) {
            return Path.of("/var/lib/mimiry");
        }
        String configured = System.getenv("XDG_DATA_HOME");
        Path home = configured == null || configured.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".local", "share")
                : Path.of(configured);
        return home.resolve("mimiry");
    }

    /**
     * Makes the directory if need be, and locks it for this process.
     *
     * @throws StartFailure when it cannot be written, or another process holds it
     */
    public static DataDirectory open(Path path) {
        return tryOpen(path)
                .orElseThrow(() -> new StartFailure("Another server" + holder(path) + " already runs on " + path
                        + ": stop it, or choose another directory with --data."));
    }

    /** As {@link #open}, but empty where another process holds it. */
    public static Optional<DataDirectory> tryOpen(Path path) {
        Path root = path.toAbsolutePath().normalize();
        try {
            if (!Files.isDirectory(root)) {
                Files.createDirectories(root);
                // Not readable, but passable: PostgreSQL runs as another user below it.
                Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
            }
            FileChannel channel = FileChannel.open(
                    root.resolve("lock"), Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), OWNER_ONLY);
            if (lock(channel) == null) {
                channel.close();
                return Optional.empty();
            }
            String pid = Long.toString(ProcessHandle.current().pid());
            channel.truncate(0).write(ByteBuffer.wrap(pid.getBytes(StandardCharsets.US_ASCII)));
            return Optional.of(new DataDirectory(root, channel));
        } catch (IOException e) {
            throw new StartFailure(
                    "Cannot write to the data directory " + root + " (" + StartFailure.reason(e)
                            + "): choose another with --data.",
                    e);
        }
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static String holder(Path path) {
        try {
            String pid = Files.readString(path.resolve("lock")).strip();
            return pid.isEmpty() ? "" : " (process " + pid + ")";
        } catch (IOException e) {
            return "";
        }
    }

    public Path root() {
        return root;
    }

    /** The key of the {@link SecretBox} of a deployment with the embedded database; made at the first start. */
    public Secret secretKey() {
        Path file = root.resolve("secret.key");
        try {
            if (!Files.exists(file)) {
                Path fresh = Files.createTempFile(root, "secret", "", OWNER_ONLY);
                Files.writeString(fresh, SecretBox.newKey().reveal());
                Files.move(fresh, file);
            }
            return new Secret(Files.readString(file).strip());
        } catch (IOException e) {
            throw new StartFailure("Cannot read or make " + file + " (" + StartFailure.reason(e) + ").", e);
        }
    }

    /** Lets another process have the directory. */
    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException e) {
            throw new StartFailure("Cannot unlock " + root + " (" + StartFailure.reason(e) + ").", e);
        }
    }
}
