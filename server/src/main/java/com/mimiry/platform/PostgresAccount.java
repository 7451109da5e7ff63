package com.mimiry.platform;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;

/**
 * The operating system account under which PostgreSQL runs: {@code nobody} where we are root, otherwise our own. Either
 * way {@code setpriv} asks the kernel to interrupt the child when the thread that started it ends.
 *
 * @param asRoot whether this process is root
 */
record PostgresAccount(boolean asRoot) {
    private static final int NOBODY = 65534;
    private static final Path SETPRIV = Path.of("/usr/bin/setpriv");

    static PostgresAccount ofThisProcess() {
        try {
            return new PostgresAccount(
                    Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0));
        } catch (IOException e) {
            throw new StartFailure("Cannot read /proc: the bundled PostgreSQL needs Linux with /proc mounted.", e);
        }
    }

    /** The command that runs {@code program} with no rights beyond its data directory. */
    List<String> command(String... program) {
        if (!Files.isExecutable(SETPRIV)) {
            throw new StartFailure(SETPRIV + " is missing: install util-linux, or set MIMIRY_DATABASE_URL.");
        }
        List<String> command = new ArrayList<>(List.of(SETPRIV.toString(), "--no-new-privs", "--pdeathsig=INT"));
        if (asRoot) {
            command.addAll(List.of(
                    "--reuid=" + NOBODY,
                    "--regid=" + NOBODY,
                    "--clear-groups",
                    "--bounding-set=-all",
                    "--inh-caps=-all"));
        }
        command.addAll(List.of(program));
        return command;
    }

    /** Hands a file or directory, which we made, to the account. */
    void give(Path path) throws IOException {
        if (asRoot) {
            Files.setAttribute(path, "unix:gid", NOBODY);
            Files.setAttribute(path, "unix:uid", NOBODY);
        }
    }

    /** @throws StartFailure when the account cannot reach {@code directory} because of the mode of one above it */
    void mustReach(Path directory) {
        if (!asRoot) {
            return;
        }
        try {
            for (Path above = directory.toRealPath(); above != null; above = above.getParent()) {
                if (!Files.getPosixFilePermissions(above).contains(PosixFilePermission.OTHERS_EXECUTE)
                        && !Files.getAttribute(above, "unix:uid").equals(NOBODY)) {
                    throw new StartFailure("PostgreSQL runs as the user nobody, who cannot enter " + above
                            + " on the way to " + directory + ": choose --data /var/lib/mimiry, or run chmod o+x "
                            + above + ".");
                }
            }
        } catch (IOException e) {
            throw new StartFailure(
                    "Cannot read the permissions of " + directory + " (" + StartFailure.reason(e) + ").", e);
        }
    }
}
