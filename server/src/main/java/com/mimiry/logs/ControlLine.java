package com.mimiry.logs;

import com.mimiry.containers.InitLine;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A line of a container's output in which the init speaks to us. It may stand behind output of the command that did not
 * end with a line feed.
 *
 * @param text what the command had printed before it, empty if nothing
 */
@SuppressWarnings("ArrayRecordComponent")
record ControlLine(byte[] text, InitLine report) {
    static final byte START = 0x1E;

    private static final Pattern ENDED = Pattern.compile("ended code=(\\d{1,3}) kept=([01]) term=([01])");

    /** @return null where the line is all the command's own */
    static @Nullable ControlLine find(byte[] line, String token, Instant at) {
        for (int i = 0; i < line.length; i++) {
            if (line[i] == START) {
                InitLine report = parse(new String(line, i, line.length - i, StandardCharsets.UTF_8), token, at);
                if (report != null) {
                    return new ControlLine(Arrays.copyOf(line, i), report);
                }
            }
        }
        return null;
    }

    private static @Nullable InitLine parse(String line, String token, Instant at) {
        String prefix = (char) START + "mimiry:" + token + " ";
        if (!line.startsWith(prefix)) {
            return null;
        }
        String words = line.substring(prefix.length());
        if (words.equals("deadline")) {
            return new InitLine.DeadlineReached(at);
        }
        Matcher ended = ENDED.matcher(words);
        return ended.matches()
                ? new InitLine.CommandEnded(
                        at,
                        Integer.parseInt(ended.group(1)),
                        ended.group(2).equals("1"),
                        ended.group(3).equals("1"))
                : null;
    }
}
