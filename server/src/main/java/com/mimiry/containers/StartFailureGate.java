package com.mimiry.containers;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Engines print on a program's stdout why they could not start it. Such a first piece of output is held back until
 * either more comes, so it was the program's own, or the output ends and the engine can be asked.
 */
final class StartFailureGate extends FilterOutputStream {
    private static final byte[] BEGINNING = "OCI runtime exec failed".getBytes(StandardCharsets.US_ASCII);
    private static final int LONGEST = 8 * 1024;

    private byte @Nullable [] held;
    private boolean open;

    StartFailureGate(OutputStream out) {
        super(out);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (!open && held == null && length <= LONGEST && begins(bytes, offset, length)) {
            held = Arrays.copyOfRange(bytes, offset, offset + length);
            return;
        }
        release();
        out.write(bytes, offset, length);
    }

    /** What is being held back now; null where nothing is. */
    @Nullable String held() {
        return held == null ? null : new String(held, StandardCharsets.UTF_8);
    }

    void release() throws IOException {
        open = true;
        byte[] kept = held;
        held = null;
        if (kept != null) {
            out.write(kept);
            out.flush();
        }
    }

    private static boolean begins(byte[] bytes, int offset, int length) {
        return length > BEGINNING.length
                && Arrays.equals(bytes, offset, offset + BEGINNING.length, BEGINNING, 0, BEGINNING.length);
    }
}
