package com.mimiry.logs;

import com.mimiry.containers.InitLine;
import java.util.List;

/** The init's reports as text, one to a line. */
final class Reports {
    private Reports() {}

    static String write(List<InitLine> reports) {
        StringBuilder text = new StringBuilder();
        for (InitLine report : reports) {
            long ns = LogTime.nanos(report.at());
            switch (report) {
                case InitLine.CommandEnded ended ->
                    text.append(
                            "ended %d %d %b %b\n".formatted(ns, ended.exitCode(), ended.kept(), ended.terminated()));
                case InitLine.DeadlineReached _ -> text.append("deadline %d\n".formatted(ns));
                case InitLine.Unpaid _ -> text.append("unpaid %d\n".formatted(ns));
            }
        }
        return text.toString();
    }

    static List<InitLine> read(String text) {
        return text.lines().map(Reports::readOne).toList();
    }

    private static InitLine readOne(String line) {
        List<String> words = List.of(line.split(" "));
        var at = LogTime.instant(Long.parseLong(words.get(1)));
        if (words.getFirst().equals("deadline")) {
            return new InitLine.DeadlineReached(at);
        }
        if (words.getFirst().equals("unpaid")) {
            return new InitLine.Unpaid(at);
        }
        return new InitLine.CommandEnded(
                at,
                Integer.parseInt(words.get(2)),
                Boolean.parseBoolean(words.get(3)),
                Boolean.parseBoolean(words.get(4)));
    }
}
