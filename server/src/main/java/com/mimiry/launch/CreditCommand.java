package com.mimiry.launch;

import com.mimiry.platform.Money;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** Prepaid money. */
@Command(
        name = "credit",
        mixinStandardHelpOptions = true,
        description = "Prepaid money.",
        synopsisSubcommandLabel = "COMMAND")
final class CreditCommand {
    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    @Command(name = "add", mixinStandardHelpOptions = true, description = "Adds prepaid money.", sortOptions = false)
    int add(@Mixin MoneyOptions money) {
        Money euros = Amounts.euros(money.amount);
        Booked booked = admin.on(operator -> {
            UUID organization = money.owner.id(operator);
            return Booked.of(
                    organization,
                    operator.billing().credit(operator.by(organization, money.reason), euros, money.reference));
        });
        booked.show(admin);
        return 0;
    }
}
