package com.mimiry.containers;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;

/** Copies what a process prints: raw with a terminal, else in frames that name stdout or stderr. */
final class ExecOutput {
    private static final int BUFFER = 64 * 1024;
    private static final int HEADER = 8;
    private static final int STDERR = 2;

    private ExecOutput() {}

    static void copyRaw(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            out.write(buffer, 0, n);
            out.flush();
        }
    }

    static void copyFrames(InputStream in, OutputStream stdout, OutputStream stderr) throws IOException {
        byte[] header = new byte[HEADER];
        byte[] buffer = new byte[BUFFER];
        for (int n = in.readNBytes(header, 0, HEADER); n > 0; n = in.readNBytes(header, 0, HEADER)) {
            if (n < HEADER) {
                throw new EOFException("The output was cut off");
            }
            if (header[0] < 0 || header[0] > STDERR || header[1] != 0) {
                throw new ProtocolException("The container engine sent a frame that is none");
            }
            copyFrame(in, header[0] == STDERR ? stderr : stdout, length(header), buffer);
        }
    }

    private static void copyFrame(InputStream in, OutputStream out, long length, byte[] buffer) throws IOException {
        long left = length;
        while (left > 0) {
            int n = in.readNBytes(buffer, 0, (int) Math.min(left, buffer.length));
            if (n == 0) {
                throw new EOFException("The output was cut off");
            }
            out.write(buffer, 0, n);
            left -= n;
        }
        // With more at hand, the flush would only cut it into small packets.
        if (in.available() < HEADER) {
            out.flush();
        }
    }

    private static long length(byte[] header) {
        return ((header[4] & 0xffL) << 24)
                | ((header[5] & 0xff) << 16)
                | ((header[6] & 0xff) << 8)
                | (header[7] & 0xff);
    }
}
