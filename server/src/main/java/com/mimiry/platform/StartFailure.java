package com.mimiry.platform;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Why the server cannot start, as one line for the person at the terminal; shown without a stack trace. */
public final class StartFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message what is wrong and what to do about it */
    public StartFailure(String message) {
        super(message);
    }

    /** As {@link #StartFailure(String)}, keeping the cause for debugging. */
    public StartFailure(String message, Throwable cause) {
        super(message, cause);
    }

    /** What a person needs of a file error: the path and the reason, not the exception's name. */
    public static String reason(Exception error) {
        return switch (error) {
            case AccessDeniedException denied -> "permission denied on " + denied.getFile();
            case NoSuchFileException missing -> "there is no " + missing.getFile();
            case FileSystemException file when file.getReason() != null -> file.getFile() + ": " + file.getReason();
            default -> error.toString();
        };
    }
}
