package com.mimiry.providers.verda;

import com.mimiry.platform.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What a machine does at its first boot. It holds the machine's private host key, so it must not be logged. */
final class StartupScript {
    private static final String TEMPLATE = template();

    private StartupScript() {}

    /** @param clientPublicKey who may log in, in OpenSSH's one-line form */
    static Secret of(VerdaKey hostKey, String clientPublicKey) {
        return new Secret(
                TEMPLATE.replace("@HOST_KEY@", hostKey.privateKey().reveal().strip())
                        .replace("@HOST_PUBLIC_KEY@", quotable(hostKey.publicKey()))
                        .replace("@CLIENT_PUBLIC_KEY@", quotable(clientPublicKey)));
    }

    /** Stands between single quotes. */
    private static String quotable(String publicKey) {
        String line = publicKey.strip();
        if (!line.matches("[A-Za-z0-9@._+/= :-]+")) {
            throw new IllegalArgumentException("not a public key of one line");
        }
        return line;
    }

    private static String template() {
        try (InputStream in = Objects.requireNonNull(StartupScript.class.getResourceAsStream("startup.sh"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
