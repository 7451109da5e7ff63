package com.mimiry.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small image made here, from Debian's static busybox: no registry is asked. */
final class TestImage {
    private static final String NAME = "mimiry-test/busybox:2";
    private static boolean made;

    private TestImage() {}

    static synchronized String name() {
        if (!made) {
            make();
            made = true;
        }
        return NAME;
    }

    private static void make() {
        try {
            Path root = Files.createTempDirectory("mimiry-image");
            Path script = root.resolve("make.sh");
            Files.writeString(script, """
                    set -eu
                    ! docker image inspect "$2" >/dev/null 2>&1 || exit 0
                    cd "$1"
                    mkdir -p fs/bin fs/tmp fs/etc fs/root fs/proc fs/dev
                    chmod 1777 fs/tmp
                    cp /bin/busybox fs/bin/busybox
                    for applet in $(fs/bin/busybox --list); do [ "$applet" = busybox ] || ln -sf busybox "fs/bin/$applet"; done
                    echo 'root:x:0:0:root:/root:/bin/sh' > fs/etc/passwd
                    tar -C fs -c . | docker import - "$2"
                    """);
            Commands.run("sh", script.toString(), root.toString(), NAME).orFail();
            Commands.run("rm", "-rf", root.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
