package com.mimiry.launch;

import java.util.Locale;

/**
 * What the doctor found about one thing.
 *
 * @param name the thing, in a word or two
 * @param fix what to do about it; "" where there is nothing to do
 */
record Finding(String name, Level level, String detail, String fix) {
    /** How bad it is. */
    enum Level {
        OK,
        WARN,
        FAIL;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Finding ok(String name, String detail) {
        return new Finding(name, Level.OK, detail, "");
    }

    static Finding warn(String name, String detail, String fix) {
        return new Finding(name, Level.WARN, detail, fix);
    }

    static Finding fail(String name, String detail, String fix) {
        return new Finding(name, Level.FAIL, detail, fix);
    }
}
