package com.mimiry.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What happened in a run, in order, for people; the same seed tells the same story. */
final class Story {
    private static final long MICROS = 1_000_000;

    private final List<Line> lines = new ArrayList<>();
    /** Ids as they stand in the lines, and the short names that people read in their place. */
    private final Map<String, String> names = new TreeMap<>();

    private record Line(long micros, String who, String what) {
        @Override
        public String toString() {
            long millis = micros / 1_000;
            return "%3d:%02d.%03d %-8s %s".formatted(millis / 60_000, millis / 1_000 % 60, millis % 1_000, who, what);
        }
    }

    void tell(long micros, String who, String what) {
        lines.add(new Line(micros, who, what));
    }

    void name(Object id, String name) {
        names.put(id.toString(), name);
    }

    /** All lines in the order of time that contain one of these words; all lines where there is no word. */
    String text(List<String> words) {
        StringBuilder text = new StringBuilder();
        for (Line line :
                lines.stream().sorted(Comparator.comparingLong(Line::micros)).toList()) {
            String readable = readable(line.toString());
            if (words.isEmpty() || words.stream().anyMatch(readable::contains)) {
                text.append(readable).append('\n');
            }
        }
        return text.toString();
    }

    String readable(String line) {
        String readable = line;
        for (Map.Entry<String, String> name : names.entrySet()) {
            readable = readable.replace(name.getKey(), name.getValue());
        }
        return readable;
    }

    int size() {
        return lines.size();
    }

    /** How virtual time reads. */
    static String time(long micros) {
        return "%d.%03d s".formatted(micros / MICROS, micros / 1_000 % 1_000);
    }
}
