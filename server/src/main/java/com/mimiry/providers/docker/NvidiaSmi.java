package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.providers.docker.HostGpus.Gpu;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Asks NVIDIA's own tool which GPUs a machine has. */
final class NvidiaSmi {
    private static final int OUTPUT_BYTES_MAX = 1 << 20;
    private static final String QUERY = "--query-gpu=index,uuid,name,memory.total";
    private static final String FORMAT = "--format=csv,noheader,nounits";
    /** Of a shell that does not find the program. */
    private static final int NOT_FOUND = 127;

    private final String program;
    private final Duration timeout;

    NvidiaSmi(String program, Duration timeout) {
        this.program = program;
        this.timeout = timeout;
    }

    /** What the tool had to say. */
    sealed interface Answer {
        /** @param gpus never empty */
        record Found(List<Gpu> gpus) implements Answer {}

        /** The tool is not installed, or sees no GPU. */
        record None() implements Answer {}

        /** The tool is there and does not work: there may well be GPUs. */
        record Broken(String words) implements Answer {}
    }

    /** Of the machine behind an {@code ssh://} address. */
    Answer ask(Engines engines, EngineAddress address) {
        String command = "'%s' %s %s </dev/null".formatted(program.replace("'", "'\\''"), QUERY, FORMAT);
        try {
            Engines.CommandResult result = engines.run(address, command, timeout);
            return result.exitCode() == NOT_FOUND
                    ? new Answer.None()
                    : answer(result.exitCode(), result.output().strip());
        } catch (EngineException e) {
            return new Answer.Broken(e.words());
        }
    }

    /** Of the machine that we run on. */
    Answer ask() {
        Process process;
        try {
            process = new ProcessBuilder(program, QUERY, FORMAT)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .redirectInput(new File("/dev/null"))
                    .start();
        } catch (IOException _) {
            return new Answer.None();
        }
        try {
            // Some hundred bytes: they fit into the pipe, so the tool never waits for us to read.
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Answer.Broken(program + " gave no answer within " + timeout);
            }
            String output =
                    new String(process.getInputStream().readNBytes(OUTPUT_BYTES_MAX), StandardCharsets.UTF_8).strip();
            return answer(process.exitValue(), output);
        } catch (IOException e) {
            return new Answer.Broken(program + ": " + e.getMessage());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return new Answer.Broken(program + " was interrupted");
        } finally {
            process.destroyForcibly();
        }
    }

    private Answer answer(int exitCode, String output) {
        if (exitCode == 0) {
            return read(output);
        }
        return noDevices(output)
                ? new Answer.None()
                : new Answer.Broken(program + " ended with " + exitCode + ": " + output);
    }

    /** Reads lines like {@code 0, GPU-5e3…, NVIDIA H200, 143771}. */
    static Answer read(String output) {
        if (output.isBlank() || noDevices(output)) {
            return new Answer.None();
        }
        List<Gpu> gpus = new ArrayList<>();
        for (String line : output.lines().toList()) {
            String[] cells = line.split(",", -1);
            if (cells.length != 4 || !cells[1].strip().startsWith("GPU-")) {
                return new Answer.Broken("a line of nvidia-smi that is not understood: " + line);
            }
            gpus.add(new Gpu(cells[1].strip(), cells[2].strip(), mebibytes(cells[3].strip())));
        }
        return new Answer.Found(List.copyOf(gpus));
    }

    /** GPUs that share the CPU's memory report none of their own. */
    private static int mebibytes(String text) {
        return text.matches("\\d{1,8}") ? Integer.parseInt(text) : 0;
    }

    private static boolean noDevices(String output) {
        return output.startsWith("No devices were found");
    }
}
