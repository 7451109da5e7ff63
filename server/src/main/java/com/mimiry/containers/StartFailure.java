package com.mimiry.containers;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why an engine could not start a program, as a shell would put it.
 *
 * @param exitCode 127 where there is no such program, 126 where it cannot be run
 */
record StartFailure(String reason, int exitCode) {
    private static final Pattern PROGRAM = Pattern.compile("exec: \"([^\"]{1,200})\": ");

    static StartFailure of(String words) {
        Matcher quoted = PROGRAM.matcher(words);
        String program = quoted.find() ? quoted.group(1) + ": " : "";
        if (words.contains("chdir to cwd")) {
            return new StartFailure("the working directory cannot be entered", 126);
        }
        if (words.contains("executable file not found")
                || words.contains("no such file or directory")
                || words.contains("not a directory")) {
            return new StartFailure(program + "not found", 127);
        }
        if (words.contains("argument list too long")) {
            return new StartFailure(program + "argument list too long", 126);
        }
        if (words.contains("permission denied")) {
            return new StartFailure(program + "permission denied", 126);
        }
        return new StartFailure(program + words.strip(), 126);
    }

    byte[] sentence(boolean terminal) {
        return ("mimiry: " + reason + (terminal ? "\r\n" : "\n")).getBytes(StandardCharsets.UTF_8);
    }
}
