package com.mimiry.containers;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The control lines of our init, as they stand in a container's stdout (never in stderr):
 *
 * <pre>
 * 0x1E mimiry:TOKEN ended code=N kept=0|1 term=0|1 LF
 * 0x1E mimiry:TOKEN deadline LF
 * 0x1E mimiry:TOKEN unpaid LF
 * </pre>
 *
 * <p>It comes after everything that the command had written to stdout. stderr is another pipe: its last lines are given a
 * moment to come first, but a busy engine may show them later; the end of the container's output is what settles it.
 *
 * <p>A control line starts with the byte 0x1E, which may stand in the middle of a line: when the last output before it did
 * not end with a line feed. What stands before it is output, and is handed back as {@link Parsed#prefix}. Only a line
 * with the container's own token counts, and nothing in the container but PID 1 knows it. Put entries without a line
 * feed together to whole lines before parsing; where lines are cut at some length, a cut must not fall inside of a control
 * line (they are shorter than {@link #MAX_LENGTH}).
 */
public final class InitLines {
    /** Bytes of a control line at most, line feed included. */
    public static final int MAX_LENGTH = 256;

    private static final byte RECORD_SEPARATOR = 0x1e;
    private static final Pattern ENDED = Pattern.compile("ended code=([0-9]{1,3}) kept=([01]) term=([01])");

    private InitLines() {}

    /**
     * Finds the control line in a line of output.
     *
     * @param line one whole line of stdout, with or without its line feed
     * @param token the container's control token
     * @param at the engine's time of the line's last entry
     * @return empty where the line is plain output
     */
    public static Optional<Parsed> parse(byte[] line, String token, Instant at) {
        int start = lastSeparator(line);
        if (start < 0 || line.length - start > MAX_LENGTH) {
            return Optional.empty();
        }
        String text = new String(line, start + 1, line.length - start - 1, StandardCharsets.ISO_8859_1).stripTrailing();
        String head = "mimiry:" + token + " ";
        if (!text.startsWith(head)) {
            return Optional.empty();
        }
        return report(text.substring(head.length()), at).map(report -> new Parsed(Arrays.copyOf(line, start), report));
    }

    private static int lastSeparator(byte[] line) {
        for (int i = line.length - 1; i >= 0; i--) {
            if (line[i] == RECORD_SEPARATOR) {
                return i;
            }
        }
        return -1;
    }

    private static Optional<InitLine> report(String text, Instant at) {
        if (text.equals("deadline")) {
            return Optional.of(new InitLine.DeadlineReached(at));
        }
        if (text.equals("unpaid")) {
            return Optional.of(new InitLine.Unpaid(at));
        }
        Matcher ended = ENDED.matcher(text);
        if (!ended.matches()) {
            return Optional.empty();
        }
        return Optional.of(new InitLine.CommandEnded(
                at,
                Integer.parseInt(ended.group(1)),
                ended.group(2).equals("1"),
                ended.group(3).equals("1")));
    }

    /**
     * @param prefix the output that stood before the control line in the same line, without a line feed; often empty
     * @param line what the init reports
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Parsed(byte[] prefix, InitLine line) {}
}
