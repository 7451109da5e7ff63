package com.mimiry.launch;

import com.mimiry.platform.StartFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads SSH public keys from files, forgiving the one mistake that everybody makes. */
final class PublicKeyFile {
    private PublicKeyFile() {}

    /** The file's key line; where the private key is named, that of the {@code .pub} file beside it. */
    static String read(Path file) {
        try {
            String text = Files.readString(file).strip();
            if (!text.startsWith("-----BEGIN")) {
                return text;
            }
            Path publicHalf = Path.of(file + ".pub");
            if (Files.exists(publicHalf)) {
                return Files.readString(publicHalf).strip();
            }
            throw new StartFailure(file + " is a private key: give the public one, which usually ends in .pub.");
        } catch (IOException e) {
            throw new StartFailure("Cannot read the key (" + StartFailure.reason(e) + ").", e);
        }
    }
}
