package com.mimiry.launch;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose money it is; one of the two. */
final class Owner {
    @Option(names = "--email", paramLabel = "E", description = "The personal organization of this user.")
    private @Nullable String email;

    @Option(names = "--org", paramLabel = "O", description = "The organization with this slug or id.")
    private @Nullable String organization;

    UUID id(Operator operator) {
        return email == null
                ? operator.organization(String.valueOf(organization)).id()
                : operator.identity().organizationsOf(email).getFirst().id();
    }
}
