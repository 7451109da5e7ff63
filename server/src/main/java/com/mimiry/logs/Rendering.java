package com.mimiry.logs;

import com.mimiry.containers.InitLine;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Turns items into lines as they are stored and served: strictly increasing timestamps, within the quota. */
final class Rendering {
    private static final int REPORTS_MAX = 64;

    private final Head head;
    private final long quotaBytes;
    private final ByteArrayOutputStream raw = new ByteArrayOutputStream();
    private final List<InitLine> reports = new ArrayList<>();
    private long lastNs;
    private int lines;
    private long droppedLines;
    private long droppedBytes;

    /** @param head what has been stored before, locked */
    Rendering(Head head, long quotaBytes) {
        this.head = head;
        this.quotaBytes = quotaBytes;
        this.lastNs = head.lastNs();
    }

    Rendering addAll(Iterable<Item> items) {
        for (Item item : items) {
            switch (item) {
                case Item.Line(long ns, String text) -> line(ns, text);
                case Item.Marker(long ns, String text) -> marker(ns, text);
                case Item.Report(InitLine report) -> report(report);
            }
        }
        return this;
    }

    /** The container's output is complete: say how much of it is missing. */
    void end() {
        if (head.droppedLines() + droppedLines > 0) {
            marker(
                    0,
                    "%d lines (%d bytes) of output were dropped at the log's limit of %d bytes"
                            .formatted(
                                    head.droppedLines() + droppedLines,
                                    head.droppedBytes() + droppedBytes,
                                    quotaBytes));
        }
    }

    private void line(long ns, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        boolean dropping = head.droppedLines() + droppedLines > 0;
        if (dropping || head.bytes() + raw.size() + LogTime.WIDTH + bytes.length + 2 > quotaBytes) {
            if (!dropping) {
                marker(
                        ns,
                        "the log has reached its limit of %d bytes; further output is dropped".formatted(quotaBytes));
            }
            droppedLines++;
            droppedBytes += bytes.length;
            return;
        }
        write(ns, bytes);
    }

    private void marker(long ns, String text) {
        write(ns, ("[mimiry] " + LogText.safe(text.replace('\n', ' '))).getBytes(StandardCharsets.UTF_8));
    }

    private void write(long ns, byte[] text) {
        lastNs = Math.max(ns, lastNs + 1);
        raw.writeBytes(LogTime.format(lastNs).getBytes(StandardCharsets.US_ASCII));
        raw.write(' ');
        raw.writeBytes(text);
        raw.write('\n');
        lines++;
    }

    private void report(InitLine report) {
        if (head.reports() + reports.size() < REPORTS_MAX) {
            reports.add(report);
        }
        if (report instanceof InitLine.CommandEnded ended && ended.kept()) {
            marker(
                    LogTime.nanos(ended.at()),
                    "command exited with code %d; the machine is kept and billed until you end the session (DELETE or: mirc session terminate)"
                            .formatted(ended.exitCode()));
        }
    }

    /** The lines as stored; empty if there are none. */
    byte[] bytes() {
        return raw.toByteArray();
    }

    int size() {
        return raw.size();
    }

    List<InitLine> reports() {
        return reports;
    }

    long lastNs() {
        return lastNs;
    }

    int lines() {
        return lines;
    }

    long droppedLines() {
        return droppedLines;
    }

    long droppedBytes() {
        return droppedBytes;
    }
}
