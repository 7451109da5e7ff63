package com.mimiry.launch;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Columns of text for people. */
final class Table<T> {
    private final Map<String, Function<T, Object>> columns = new LinkedHashMap<>();

    Table<T> column(String title, Function<T, Object> value) {
        columns.put(title, value);
        return this;
    }

    void print(List<T> rows, PrintWriter out) {
        List<List<String>> lines = new ArrayList<>();
        lines.add(List.copyOf(columns.keySet()));
        for (T row : rows) {
            lines.add(columns.values().stream()
                    .map(value -> String.valueOf(value.apply(row)))
                    .toList());
        }
        int[] widths = new int[columns.size()];
        for (List<String> line : lines) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], line.get(column).length());
            }
        }
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                text.append(line.get(column))
                        .repeat(" ", 2 + widths[column] - line.get(column).length());
            }
            out.println(text.toString().stripTrailing());
        }
    }
}
