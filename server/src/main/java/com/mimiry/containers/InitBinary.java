package com.mimiry.containers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * The init that this server brings along, see {@code init/mimiry-init.c}.
 *
 * @param version names its content
 * @param content the executable
 */
@SuppressWarnings("ArrayRecordComponent")
record InitBinary(String version, byte[] content) {
    /** Where containers see it. */
    static final String DIRECTORY = "/.mimiry";

    static final String PATH = DIRECTORY + "/init";

    private static final int VERSION_LENGTH = 12;
    private static final int EXECUTABLE = 0100755;

    static InitBinary bundled() {
        try (InputStream in = InitBinary.class.getResourceAsStream("mimiry-init")) {
            if (in == null) {
                throw new IllegalStateException("This build lacks the containers' init; run init/build.sh");
            }
            byte[] content = in.readAllBytes();
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
            return new InitBinary(HexFormat.of().formatHex(hash).substring(0, VERSION_LENGTH), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }

    String image() {
        return "mimiry-init:" + version;
    }

    String volume() {
        return "mimiry-init-" + version;
    }

    /** A root file system with nothing but the init. */
    byte[] tar() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            TarArchiveEntry directory = new TarArchiveEntry(DIRECTORY.substring(1) + "/");
            directory.setModTime(0);
            tar.putArchiveEntry(directory);
            tar.closeArchiveEntry();
            TarArchiveEntry file = new TarArchiveEntry(PATH.substring(1));
            file.setMode(EXECUTABLE);
            file.setModTime(0);
            file.setSize(content.length);
            tar.putArchiveEntry(file);
            tar.write(content);
            tar.closeArchiveEntry();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
