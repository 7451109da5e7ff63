package com.mimiry.simulation;

import com.mimiry.simulation.Simulation.Outcome;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Runs many seeds and tells what came of them. {@code ./mimiry simulate} is its main. */
public final class Simulate {
    /** Kept, since a logger that nobody holds forgets its level. */
    private static final Logger SERVER = Logger.getLogger("com.mimiry");

    private static final int SEEDS_PER_DATABASE = 40;
    private static final long SEEDS = 200;
    private static final String HELP = """
            usage: ./mimiry simulate [--seeds N] [--first-seed K] [--minutes M] [--threads T] [--story]

            Runs the control plane in virtual time on N seeds (default 200): two replicas, providers, machines and containers
            that live in memory, and everything that can go wrong. The same seed is the same run, always.

              --seeds N        how many seeds (with --minutes alone: as many as fit)
              --first-seed K   the first of them (default 1)
              --minutes M      stop after that many minutes of real time
              --threads T      seeds at once (default 2)
              --story          print the history of each seed, also of those without a violation

            Exits with 1 when a seed violates what must hold; its number and its history are printed.
            """;

    private Simulate() {}

    /**
     * What is asked for.
     *
     * @param seeds at most
     * @param seedsMin so many, whatever time it takes
     * @param limit real time after which no further seed is begun; null = none
     */
    record Plan(
            long firstSeed,
            long seeds,
            long seedsMin,
            @Nullable Duration limit,
            int threads,
            boolean stories,
            Breach breach) {}

    /**
     * What came of all seeds.
     *
     * @param failed those with a violation
     * @param told those whose histories were asked for
     */
    record Report(
            long seeds,
            long sessions,
            long volumes,
            long steps,
            Map<Fault, Long> faults,
            Map<String, Integer> ends,
            List<Outcome> failed,
            List<Outcome> told,
            Duration took) {
        String text() {
            StringBuilder text = new StringBuilder(
                    "%,d seeds, %,d sessions, %,d volumes, %,d steps in %.1f s (%.1f seeds a second)%n"
                            .formatted(
                                    seeds,
                                    sessions,
                                    volumes,
                                    steps,
                                    took.toMillis() / 1e3,
                                    seeds * 1e3 / Math.max(1, took.toMillis())));
            text.append("ends of sessions: %s%n".formatted(ends));
            text.append("faults injected: %,d%n"
                    .formatted(
                            faults.values().stream().mapToLong(Long::longValue).sum()));
            faults.forEach((fault, count) -> text.append("%,10d  %s%n".formatted(count, fault.words())));
            text.append("violations: %d%n"
                    .formatted(
                            failed.stream().mapToInt(o -> o.violations().size()).sum()));
            failed.forEach(outcome -> text.append(violations(outcome)));
            return text.toString();
        }
    }

    private static String violations(Outcome outcome) {
        StringBuilder text = new StringBuilder();
        outcome.violations()
                .forEach(violation -> text.append("seed %d: %s%n"
                        .formatted(outcome.seed(), outcome.story().readable(violation))));
        return text.toString();
    }

    /** The first failing seed with its history, and how to see it again. */
    static String explained(Outcome outcome) {
        return "%n=== seed %d%n%s%n%s=== again: ./mimiry simulate --seeds 1 --first-seed %d%n"
                .formatted(outcome.seed(), violations(outcome), outcome.story().text(List.of()), outcome.seed());
    }

    static Report run(Plan plan) {
        Level before = SERVER.getLevel();
        SERVER.setLevel(Level.OFF);
        long begin = System.nanoTime();
        AtomicLong next = new AtomicLong(plan.firstSeed());
        List<Outcome> outcomes = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(plan.threads())) {
            Callable<List<Outcome>> share = () -> share(plan, next, begin);
            for (Future<List<Outcome>> each : threads.invokeAll(java.util.Collections.nCopies(plan.threads(), share))) {
                outcomes.addAll(each.get());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } finally {
            SERVER.setLevel(before);
        }
        return report(plan, outcomes, Duration.ofNanos(System.nanoTime() - begin));
    }

    private static List<Outcome> share(Plan plan, AtomicLong next, long begin) {
        List<Outcome> outcomes = new ArrayList<>();
        long last = plan.firstSeed() + plan.seeds() - 1;
        long seed = next.getAndIncrement();
        while (seed <= last) {
            try (Ground ground = new Ground()) {
                for (int i = 0; i < SEEDS_PER_DATABASE && seed <= last; i++) {
                    Outcome outcome = Simulation.run(seed, ground, plan.breach());
                    boolean well = outcome.violations().isEmpty();
                    outcomes.add(well && !plan.stories() ? withoutStory(outcome) : outcome);
                    seed = next.getAndIncrement();
                    if (seed >= plan.firstSeed() + plan.seedsMin() && late(plan, begin)) {
                        seed = Long.MAX_VALUE;
                    }
                    if (!well) {
                        // What it left behind must not disturb the next one.
                        break;
                    }
                }
                List<String> faults = ground.ledgerFaults();
                if (!faults.isEmpty()) {
                    Outcome marked = outcomes.getLast();
                    marked.violations().addAll(faults);
                }
            }
        }
        return outcomes;
    }

    private static boolean late(Plan plan, long begin) {
        return plan.limit() != null && System.nanoTime() - begin > plan.limit().toNanos();
    }

    private static Outcome withoutStory(Outcome outcome) {
        return new Outcome(
                outcome.seed(),
                outcome.sessions(),
                outcome.volumes(),
                outcome.steps(),
                outcome.faults(),
                outcome.ends(),
                outcome.violations(),
                new Story());
    }

    private static Report report(Plan plan, List<Outcome> outcomes, Duration took) {
        Map<Fault, Long> faults = new EnumMap<>(Fault.class);
        outcomes.forEach(
                outcome -> outcome.faults().forEach((fault, count) -> faults.merge(fault, (long) count, Long::sum)));
        Map<String, Integer> ends = new TreeMap<>();
        outcomes.forEach(outcome -> outcome.ends().forEach((end, count) -> ends.merge(end, count, Integer::sum)));
        return new Report(
                outcomes.size(),
                outcomes.stream().mapToLong(Outcome::sessions).sum(),
                outcomes.stream().mapToLong(Outcome::volumes).sum(),
                outcomes.stream().mapToLong(Outcome::steps).sum(),
                faults,
                ends,
                outcomes.stream()
                        .filter(outcome -> !outcome.violations().isEmpty())
                        .toList(),
                plan.stories() ? outcomes : List.of(),
                took);
    }

    public static void main(String[] arguments) {
        PrintStream out = System.out;
        Plan plan;
        try {
            plan = plan(List.of(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println("mimiry: " + e.getMessage());
            System.err.print(HELP);
            System.exit(2);
            return;
        }
        if (plan == null) {
            out.print(HELP);
            return;
        }
        Report report = run(plan);
        (plan.stories()
                        ? report.told()
                        : report.failed().subList(0, Math.min(3, report.failed().size())))
                .forEach(outcome -> out.print(explained(outcome)));
        out.print(report.text());
        out.flush();
        System.exit(report.failed().isEmpty() ? 0 : 1);
    }

    private static @Nullable Plan plan(List<String> words) {
        long first = 1;
        long seeds = -1;
        Duration limit = null;
        int threads = 2;
        boolean stories = false;
        Breach breach = Breach.NONE;
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            switch (word) {
                case "--help", "-h" -> {
                    return null;
                }
                case "--seeds" -> seeds = number(words, ++i, word);
                case "--first-seed" -> first = number(words, ++i, word);
                case "--minutes" -> limit = Duration.ofMinutes(number(words, ++i, word));
                case "--threads" -> threads = Math.clamp(number(words, ++i, word), 1, 64);
                case "--story" -> stories = true;
                case "--break" -> breach = Breach.valueOf(i + 1 < words.size() ? words.get(++i) : "");
                default -> throw new IllegalArgumentException("'" + word + "' is not known");
            }
        }
        if (seeds < 0) {
            seeds = limit == null ? SEEDS : Long.MAX_VALUE / 2;
        }
        return new Plan(first, seeds, 0, limit, threads, stories, breach);
    }

    private static long number(List<String> words, int i, String option) {
        try {
            return Long.parseLong(i < words.size() ? words.get(i) : "");
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(option + " needs a whole number", e);
        }
    }
}
