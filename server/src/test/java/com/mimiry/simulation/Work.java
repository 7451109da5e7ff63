package com.mimiry.simulation;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a session's command does, written so that it survives the way through the server.
 *
 * @param millis how long it runs by itself
 * @param lines how much it prints
 * @param termMillis how long it goes on after SIGTERM; negative = it does not care
 * @param fate how it ends when nobody ends it
 */
record Work(long millis, int exitCode, int lines, long termMillis, Fate fate) {
    private static final Pattern FORM =
            Pattern.compile("work (\\d+) ms, print (\\d+), exit (\\d+), term (-?\\d+), fate ([A-Z_]+)");

    enum Fate {
        EXITS,
        OUT_OF_MEMORY,
        DIES_WITH_INIT
    }

    static Work drawn(Chance chance) {
        long millis = chance.in(0.3) ? chance.between(0, 8_000) : chance.between(0, 200_000);
        Fate fate = chance.in(0.05) ? Fate.OUT_OF_MEMORY : chance.in(0.05) ? Fate.DIES_WITH_INIT : Fate.EXITS;
        return new Work(
                millis,
                chance.in(0.7) ? 0 : chance.whole(1, 127),
                chance.whole(0, 6),
                chance.in(0.2) ? -1 : chance.between(0, 6_000),
                fate);
    }

    static Work parse(String command) {
        Matcher matcher = FORM.matcher(command);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(command);
        }
        return new Work(
                Long.parseLong(matcher.group(1)),
                Integer.parseInt(matcher.group(3)),
                Integer.parseInt(matcher.group(2)),
                Long.parseLong(matcher.group(4)),
                Fate.valueOf(matcher.group(5)));
    }

    String command() {
        return "work %d ms, print %d, exit %d, term %d, fate %s".formatted(millis, lines, exitCode, termMillis, fate);
    }
}
