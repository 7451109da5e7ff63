import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Child processes, each with an end. */
final class Shell {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private Shell() {}

    /** @param text what it wrote, both streams together */
    record Outcome(int code, String text, double millis) {
        Outcome orFail(String what) {
            if (code != 0) {
                throw new IllegalStateException(what + " failed (" + code + "): " + text.strip());
            }
            return this;
        }
    }

    static Outcome run(String... command) throws IOException, InterruptedException {
        return run(Map.of(), List.of(command));
    }

    static Outcome run(Map<String, String> environment, List<String> command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile());
        builder.environment().putAll(environment);
        var start = System.nanoTime();
        var process = builder.start();
        var reader = new Reader(process);
        reader.start();
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(command.getFirst() + " did not end within " + LIMIT);
        }
        var millis = (System.nanoTime() - start) / 1e6;
        reader.join();
        return new Outcome(process.exitValue(), reader.text, millis);
    }

    /** Milliseconds that a shell script takes; it has to succeed. */
    static double time(Map<String, String> environment, String script) throws IOException, InterruptedException {
        var outcome = run(environment, List.of("bash", "-c", script));
        return outcome.orFail(script).millis();
    }

    static boolean has(String... commands) throws IOException, InterruptedException {
        for (var command : commands) {
            if (run("bash", "-c", "command -v " + command).code() != 0) {
                return false;
            }
        }
        return true;
    }

    static void need(String... commands) throws IOException, InterruptedException {
        for (var command : commands) {
            if (!has(command)) {
                throw new Unavailable(command + " is not installed"
                        + (command.equals("pgbench") ? " (apt-get install postgresql-contrib)" : ""));
            }
        }
    }

    private static final class Reader extends Thread {
        private final Process process;
        private volatile String text = "";

        Reader(Process process) {
            this.process = process;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
