package com.mimiry.sshproxy;

import java.util.List;

/** What an interactive login runs: bash where the image has it, as a login shell, in the image's working directory. */
final class LoginShell {
    static final List<String> COMMAND =
            List.of("/bin/sh", "-c", "if command -v bash >/dev/null 2>&1; then exec bash -l; else exec sh -l; fi");

    private LoginShell() {}
}
