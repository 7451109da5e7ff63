package com.mimiry.sshproxy;

import java.util.List;

/**
 * What an interactive login runs: bash where the image has it, in the image's working directory. Not as a login shell:
 * {@code /etc/profile} would put the distribution's PATH in the place of the image's, and what {@code ssh HOST python}
 * finds would be missing in {@code ssh HOST}.
 */
final class LoginShell {
    static final List<String> COMMAND =
            List.of("/bin/sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi");

    private LoginShell() {}
}
