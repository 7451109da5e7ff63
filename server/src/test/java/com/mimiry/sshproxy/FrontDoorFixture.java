package com.mimiry.sshproxy;

import com.mimiry.containers.TestEngines;
import com.mimiry.identity.SshKeys;
import com.mimiry.platform.Clocks;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.SshEndpoint;
import com.mimiry.platform.TestDatabase;
import com.mimiry.sessions.SshTargets.SshTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A front door on a free port with sessions made by the test, and OpenSSH clients that use it. */
final class FrontDoorFixture implements AutoCloseable {
    /** Outside of the application nobody sets a level, and the library would dump every packet. */
    private static final List<Logger> LOGGERS =
            List.of(Logger.getLogger("org.apache.sshd"), Logger.getLogger("com.mimiry"));

    static {
        LOGGERS.forEach(logger -> logger.setLevel(Level.WARNING));
    }

    final FakeTargets targets = new FakeTargets();
    final SshFrontDoor door;
    private final Set<String> registered = ConcurrentHashMap.newKeySet();
    private final Path directory;

    FrontDoorFixture() {
        this(new TestSshConfig());
    }

    FrontDoorFixture(SshConfig config) {
        try {
            directory = Files.createTempDirectory("mimiry-ssh-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SshHostKeys hostKeys =
                new SshHostKeys(TestDatabase.create(), SecretBox.withKey(SecretBox.newKey()), Clocks.utc());
        door = new SshFrontDoor(config, hostKeys, targets, new FakeKeys(), TestEngines.real(), new SshEndpoint());
        door.start();
    }

    /** Makes a key pair that nobody knows yet. */
    TestKey newKey(String... options) {
        Path file = directory.resolve(UUID.randomUUID().toString());
        List<String> command = new ArrayList<>(List.of("ssh-keygen", "-q", "-N", "", "-f", file.toString()));
        command.addAll(options.length == 0 ? List.of("-t", "ed25519") : List.of(options));
        Ran.command(command, new byte[0]).expect(0);
        String line = Ran.command(List.of("ssh-keygen", "-lf", file.toString()), new byte[0])
                .expect(0)
                .text();
        return new TestKey(file, line.split(" ", -1)[1]);
    }

    record TestKey(Path file, String fingerprint) {}

    TestKey register(TestKey key) {
        registered.add(key.fingerprint());
        return key;
    }

    /** A session that this key reaches. */
    SshTarget session(TestKey key, String name, @Nullable String address, TestContainer container) {
        return targets.add(key.fingerprint(), FakeTargets.running(name, address, container.name()));
    }

    /** An ssh command line to 127.0.0.1 with this key. */
    List<String> ssh(TestKey key, String... rest) {
        return Stream.concat(
                        Stream.of(
                                "ssh",
                                "-F",
                                "none",
                                "-i",
                                key.file().toString(),
                                "-p",
                                Integer.toString(door.port()),
                                "-o",
                                "StrictHostKeyChecking=no",
                                "-o",
                                "UserKnownHostsFile=/dev/null",
                                "-o",
                                "LogLevel=ERROR",
                                "-o",
                                "BatchMode=yes"),
                        Stream.of(rest))
                .toList();
    }

    Ran run(TestKey key, String... rest) {
        return Ran.command(ssh(key, rest), new byte[0]);
    }

    Ran runWithInput(TestKey key, byte[] input, String... rest) {
        return Ran.command(ssh(key, rest), input);
    }

    Path directory() {
        return directory;
    }

    @Override
    public void close() {
        door.stop();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class FakeKeys implements SshKeys {
        @Override
        public boolean enabled(UUID userId) {
            return true;
        }

        @Override
        public Optional<SshKey> byFingerprint(String fingerprint) {
            return registered.contains(fingerprint)
                    ? Optional.of(new SshKey(
                            UUID.randomUUID(), UUID.randomUUID(), "test", new PublicKey("x", "x", fingerprint)))
                    : Optional.empty();
        }

        @Override
        public Optional<SshKey> byId(UUID userId, UUID keyId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<SshKey> ofUser(UUID userId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public PublicKey parse(String openSshLine, String field) {
            throw new UnsupportedOperationException();
        }
    }
}
