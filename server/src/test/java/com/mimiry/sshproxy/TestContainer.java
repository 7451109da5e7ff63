package com.mimiry.sshproxy;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerSpec;
import com.mimiry.containers.TestEngines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real container of a small image that is made from Debian's busybox; removed when closed. */
final class TestContainer implements AutoCloseable {
    private static final String IMAGE = "mimiry-ssh-test:1";
    private static final Object IMAGE_LOCK = new Object();
    private static final String MAKE_IMAGE = """
            set -e
            d=$(mktemp -d); trap 'rm -rf "$d"' EXIT; cd "$d"
            if ! [ -x /bin/busybox ] || ! /bin/busybox --list | grep -qx sha256sum; then
              apt-get download -qq busybox-static >/dev/null; dpkg-deb -x busybox-static_*.deb x
            fi
            mkdir -p r/bin r/tmp r/root r/etc r/work; chmod 1777 r/tmp
            if [ -d x ]; then cp x/bin/busybox r/bin/; else cp /bin/busybox r/bin/; fi
            for a in $(r/bin/busybox --list); do [ "$a" = busybox ] || ln -s busybox "r/bin/$a"; done
            echo 'root:x:0:0:root:/root:/bin/sh' > r/etc/passwd
            tar -C r -c . | docker import -c "ENV PATH=/bin" -c "WORKDIR /work" - "$1"
            """;

    private final String name = "mimiry-ssh-test-" + UUID.randomUUID();

    TestContainer() {
        synchronized (IMAGE_LOCK) {
            if (docker("images", "-q", IMAGE).isEmpty()) {
                run(List.of("/bin/sh", "-c", MAKE_IMAGE, "sh", IMAGE));
            }
        }
        ContainerEngine engine = TestEngines.real().connect(FakeTargets.ENGINE);
        engine.prepare();
        engine.create(new ContainerSpec(
                name,
                IMAGE,
                Map.of("mimiry-ssh-test", ""),
                null,
                true,
                true,
                Duration.ofHours(1),
                "token",
                Map.of(),
                List.of(),
                0,
                0,
                1000,
                "test"));
        engine.start(name);
    }

    String name() {
        return name;
    }

    /** Runs a shell line in the container, past the front door. */
    String shell(String line) {
        return docker("exec", name, "/bin/sh", "-c", line);
    }

    static String docker(String... arguments) {
        return run(Stream.concat(Stream.of("docker"), Arrays.stream(arguments)).toList());
    }

    private static String run(List<String> command) {
        try {
            Path output = Files.createTempFile("ssh-test", ".out");
            try {
                Process process = new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start();
                process.getOutputStream().close();
                if (!process.waitFor(120, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
                String text = Files.readString(output, StandardCharsets.UTF_8).strip();
                if (process.waitFor() != 0) {
                    throw new IllegalStateException(command + ": " + text);
                }
                return text;
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        docker("rm", "-f", name);
    }
}
