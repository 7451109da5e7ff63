package com.mimiry.launch;

import com.mimiry.platform.Money;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Gives back what use was charged. */
@Command(
        name = "refund",
        mixinStandardHelpOptions = true,
        description = "Gives back what use was charged.",
        sortOptions = false)
final class RefundCommand implements Runnable {
    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private MoneyOptions money;

    @ArgGroup
    private @Nullable Charged charged;

    /** What the charge was for; at most one of the two, and no more is given back than was charged for it. */
    static final class Charged {
        @Option(names = "--session", paramLabel = "ID", description = "Of this session's charges.")
        private @Nullable UUID session;

        @Option(names = "--volume", paramLabel = "ID", description = "Of this volume's charges.")
        private @Nullable UUID volume;

        @Nullable UUID id() {
            return session == null ? volume : session;
        }
    }

    @Override
    public void run() {
        Money euros = Amounts.euros(money.amount);
        UUID resource = charged == null ? null : charged.id();
        Booked booked = admin.on(operator -> {
            UUID organization = money.owner.id(operator);
            return Booked.of(
                    organization,
                    operator.billing()
                            .refund(operator.by(organization, money.reason), euros, resource, money.reference));
        });
        booked.show(admin);
    }
}
