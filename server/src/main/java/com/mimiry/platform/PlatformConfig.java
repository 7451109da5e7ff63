package com.mimiry.platform;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the server as a whole is told. A {@code mimiry.} key in a file or system property that no feature knows stops the
 * start; environment variables are not checked, since clients on the same machine have {@code MIMIRY_} ones of their own.
 */
@ConfigMapping(prefix = "mimiry")
public interface PlatformConfig {
    /** Where everything is kept that is not in PostgreSQL, and the embedded PostgreSQL itself. */
    Optional<Path> dataDir();

    /** 32 bytes in base64 that encrypt secrets at rest; made by itself with the embedded database, else required. */
    Optional<Secret> secretKey();

    /** The database; embedded where no URL is given. */
    Db database();

    /** Where the API listens. */
    Http http();

    /** What is logged, and how. */
    Log log();

    /** Connection to PostgreSQL. */
    interface Db {
        /** For example {@code jdbc:postgresql://db.example.org/mimiry}. */
        Optional<String> url();

        /** The database's owner. */
        Optional<String> username();

        /** The owner's password. */
        Optional<Secret> password();

        /** Connections kept at most; few are faster than many on few processors. */
        @WithDefault("8")
        int poolSize();
    }

    /** The listening address. */
    interface Http {
        /** Address to listen on; {@code 0.0.0.0} for all. */
        @WithDefault("127.0.0.1")
        String host();

        /** TCP port; 0 for any free one. */
        @WithDefault("8080")
        int port();
    }

    /** The log on standard output. */
    interface Log {
        /** One JSON object a line instead of text. */
        @WithDefault("false")
        boolean json();

        /** The least level that is written. */
        @WithDefault("INFO")
        String level();
    }
}
