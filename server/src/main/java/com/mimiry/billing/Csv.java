package com.mimiry.billing;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Comma-separated values as RFC 4180 has them. */
final class Csv {
    private Csv() {}

    static String of(List<String> header, List<@Nullable Object[]> rows) {
        StringBuilder text = new StringBuilder(String.join(",", header)).append("\r\n");
        for (@Nullable Object[] row : rows) {
            text.append(Arrays.stream(row).map(Csv::cell).collect(Collectors.joining(",")))
                    .append("\r\n");
        }
        return text.toString();
    }

    private static String cell(@Nullable Object value) {
        if (value == null) {
            return "";
        }
        String text = value.toString();
        // A spreadsheet would run what begins like a formula; numbers of ours begin with a minus too and must stay
        // numbers.
        if (value instanceof String && !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0) {
            text = "'" + text;
        }
        return text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r')
                ? '"' + text.replace("\"", "\"\"") + '"'
                : text;
    }
}
