package com.mimiry.sshproxy;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** The environment variables that a client sends for a process, as far as they are harmless and not too many. */
final class ClientEnvironment {
    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]{0,127}");
    private static final Pattern LOADER =
            Pattern.compile("LD_.*|GLIBC_TUNABLES|BASH_ENV|ENV|SHELLOPTS|BASHOPTS|IFS|PS4");
    private static final int VARIABLES_MAX = 128;
    private static final int CHARACTERS_MAX = 1 << 17;

    private final Map<String, String> variables = new HashMap<>();
    private int characters;

    /** Whether the variable was taken. */
    boolean accept(String name, String value) {
        int size = name.length() + value.length();
        boolean harmless = NAME.matcher(name).matches() && !LOADER.matcher(name).matches() && value.indexOf('\0') < 0;
        if (!harmless || variables.size() >= VARIABLES_MAX || characters + size > CHARACTERS_MAX) {
            return false;
        }
        characters += size;
        variables.put(name, value);
        return true;
    }

    Map<String, String> variables() {
        return Map.copyOf(variables);
    }
}
