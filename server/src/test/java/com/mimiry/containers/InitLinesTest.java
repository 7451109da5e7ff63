package com.mimiry.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InitLinesTest {
    private static final Instant AT = Instant.parse("2026-01-02T03:04:05.123456789Z");

    private static Optional<InitLines.Parsed> parse(String line) {
        return InitLines.parse(line.getBytes(StandardCharsets.UTF_8), "tok", AT);
    }

    @Test
    void an_end_is_read() {
        InitLines.Parsed parsed =
                parse("\u001emimiry:tok ended code=137 kept=1 term=0\n").orElseThrow();
        assertThat(parsed.line()).isEqualTo(new InitLine.CommandEnded(AT, 137, true, false));
        assertThat(parsed.prefix()).isEmpty();
    }

    @Test
    void a_deadline_is_read() {
        assertThat(parse("\u001emimiry:tok deadline").orElseThrow().line()).isEqualTo(new InitLine.DeadlineReached(AT));
        assertThat(parse("\u001emimiry:tok unpaid").orElseThrow().line()).isEqualTo(new InitLine.Unpaid(AT));
    }

    @Test
    void the_output_before_it_is_handed_back() {
        InitLines.Parsed parsed = parse("ünfinished \u001e \u001emimiry:tok ended code=0 kept=0 term=1\n")
                .orElseThrow();
        assertThat(new String(parsed.prefix(), StandardCharsets.UTF_8)).isEqualTo("ünfinished \u001e ");
        assertThat(parsed.line()).isEqualTo(new InitLine.CommandEnded(AT, 0, false, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "plain",
                "\u001e",
                "\u001emimiry:tok ",
                "\u001emimiry:other ended code=0 kept=0 term=0\n",
                "mimiry:tok ended code=0 kept=0 term=0\n",
                "\u001emimiry:tok ended code=0 kept=0 term=0 more\n",
                "\u001emimiry:tok ended code=x kept=0 term=0\n",
                "\u001emimiry:tok deadline\u001e\n"
            })
    void anything_else_is_output(String line) {
        assertThat(parse(line)).isEmpty();
    }
}
