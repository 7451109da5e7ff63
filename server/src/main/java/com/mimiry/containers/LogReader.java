package com.mimiry.containers;

import com.mimiry.containers.ContainerEngine.LogEntry;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a container's stored output: frames of one entry each, which begin with the engine's time of the entry. */
final class LogReader {
    private static final int STDERR = 2;

    /** Engines cut lines at 16 KiB; far above that, it is no frame. */
    private static final int MAX_FRAME = 16 * 1024 * 1024;

    private static final int MAX_TIME_LENGTH = 40;

    private LogReader() {}

    static EngineRequest request(String container, @Nullable Instant since, boolean follow) {
        EngineRequest request = EngineRequest.get("/containers/" + EngineRequest.encode(container) + "/logs")
                .query("stdout", "1")
                .query("stderr", "1")
                .query("timestamps", "1")
                .query("follow", follow ? "1" : "0");
        return since == null
                ? request
                : request.query(
                        "since", String.format(Locale.ROOT, "%d.%09d", since.getEpochSecond(), since.getNano()));
    }

    /** Reads entries until the answer's end, touching the watch for each. */
    static void read(EngineResponse response, Consumer<LogEntry> sink) throws IOException {
        DataInputStream in = new DataInputStream(response.body());
        for (int stream = in.read(); stream >= 0; stream = in.read()) {
            in.skipNBytes(3);
            int length = in.readInt();
            if (length < 0 || length > MAX_FRAME || stream > STDERR) {
                throw new ProtocolException("sent a log frame that is none");
            }
            byte[] frame = new byte[length];
            in.readFully(frame);
            response.watch().touch();
            sink.accept(entry(stream == STDERR, frame));
        }
    }

    private static LogEntry entry(boolean stderr, byte[] frame) throws IOException {
        int space = 0;
        while (space < frame.length && space < MAX_TIME_LENGTH && frame[space] != ' ') {
            space++;
        }
        if (space == frame.length) {
            throw new EOFException("sent a log entry without a time");
        }
        try {
            Instant at = Instant.parse(new String(frame, 0, space, StandardCharsets.ISO_8859_1));
            return new LogEntry(at, stderr, Arrays.copyOfRange(frame, space + 1, frame.length));
        } catch (DateTimeParseException e) {
            throw new IOException("sent a log entry whose time cannot be read", e);
        }
    }
}
