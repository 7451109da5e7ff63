package com.mimiry.it;

import java.nio.file.Path;
import java.util.UUID;

/** Where a server of a test keeps its volumes. Nothing is left mounted there, whatever the test came to. */
record VolumeDirectory(Path path) implements AutoCloseable {
    static VolumeDirectory anew() {
        return new VolumeDirectory(Path.of("/var/tmp/mimiry-volumes-" + UUID.randomUUID()));
    }

    @Override
    public String toString() {
        return path.toString();
    }

    @Override
    public void close() {
        Commands.run(
                "sh",
                "-c",
                "for m in $(grep -o \" $1/[^ ]*\" /proc/mounts); do umount \"$m\"; done; rm -rf \"$1\"",
                "sh",
                path.toString());
    }
}
