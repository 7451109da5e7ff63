package com.mimiry.logs;

import java.nio.charset.StandardCharsets;

/** Makes what a program printed safe to show: valid UTF-8 without control characters that break readers. */
final class LogText {
    private static final char REPLACEMENT = '\uFFFD';
    private static final int ESCAPE = 0x1B;
    private static final int DELETE = 0x7F;

    private LogText() {}

    /**
     * Bytes that are not UTF-8, NUL and other control characters become U+FFFD; tab, carriage return and escape stay, so
     * that columns, progress bars and colours survive.
     *
     * @param line without its line feed
     */
    static String safe(byte[] line) {
        return safe(new String(line, StandardCharsets.UTF_8));
    }

    static String safe(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isUnsafe(text.charAt(i))) {
                return replaced(text, i);
            }
        }
        return text;
    }

    private static String replaced(String text, int from) {
        StringBuilder safe = new StringBuilder(text);
        for (int i = from; i < safe.length(); i++) {
            if (isUnsafe(safe.charAt(i))) {
                safe.setCharAt(i, REPLACEMENT);
            }
        }
        return safe.toString();
    }

    private static boolean isUnsafe(char c) {
        return c == DELETE || (c < ' ' && c != '\t' && c != '\r' && c != ESCAPE);
    }

    /** Where to cut so that no UTF-8 character is torn: at most three bytes before {@code end}. */
    static int characterBoundary(byte[] bytes, int end) {
        int cut = end;
        while (cut > 0 && end - cut < 3 && cut < bytes.length && (bytes[cut] & 0xC0) == 0x80) {
            cut--;
        }
        return cut < bytes.length && (bytes[cut] & 0xC0) == 0x80 ? end : cut;
    }
}
