package com.mimiry.containers;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Linux signals, and how to send one to a process group of this host. */
final class Signals {
    private static final long KILL_PATIENCE_SECONDS = 5;

    /** Those that SSH names, and a few more; the numbers are the same on all machines that we run on. */
    private static final Map<String, Integer> NUMBERS = Map.ofEntries(
            Map.entry("HUP", 1),
            Map.entry("INT", 2),
            Map.entry("QUIT", 3),
            Map.entry("ILL", 4),
            Map.entry("ABRT", 6),
            Map.entry("FPE", 8),
            Map.entry("KILL", 9),
            Map.entry("USR1", 10),
            Map.entry("SEGV", 11),
            Map.entry("USR2", 12),
            Map.entry("PIPE", 13),
            Map.entry("ALRM", 14),
            Map.entry("TERM", 15),
            Map.entry("CONT", 18),
            Map.entry("STOP", 19),
            Map.entry("TSTP", 20));

    private Signals() {}

    /** @throws IllegalArgumentException for what is no signal's name */
    static int number(String name) {
        String bare = name.toUpperCase(Locale.ROOT);
        Integer number = NUMBERS.get(bare.startsWith("SIG") ? bare.substring(3) : bare);
        if (number == null) {
            throw new IllegalArgumentException("\"" + name + "\" is no signal that can be sent here");
        }
        return number;
    }

    /**
     * @param container the id that the process's control groups must name: the number alone may be somebody else's here
     * @return whether it was sent
     */
    static boolean sendToGroup(long pid, int signal, String container) {
        try {
            String groups = Files.readString(Path.of("/proc", Long.toString(pid), "cgroup"));
            if (container.isEmpty() || !groups.contains(container)) {
                return false;
            }
            // Not every shell's kill takes "--" before the group.
            Process kill = new ProcessBuilder("/bin/sh", "-c", "kill -" + signal + " -" + pid)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return kill.waitFor(KILL_PATIENCE_SECONDS, TimeUnit.SECONDS) && kill.exitValue() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
