package com.mimiry.launch;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** What every movement of money by hand needs. */
final class MoneyOptions {
    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init")
    Owner owner;

    @Option(names = "--amount", required = true, paramLabel = "EUR")
    @SuppressWarnings("NullAway.Init")
    BigDecimal amount;

    @Option(names = "--reason", required = true, paramLabel = "TEXT", description = "For the books and the audit log.")
    @SuppressWarnings("NullAway.Init")
    String reason;

    @Option(names = "--reference", paramLabel = "R", description = "The same reference is booked only once.")
    @Nullable String reference;
}
