package com.mimiry.launch;

import com.mimiry.platform.Money;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** Corrects a balance. */
@Command(
        name = "adjust",
        mixinStandardHelpOptions = true,
        description = "Corrects a balance; a negative amount takes away.",
        sortOptions = false)
final class AdjustCommand implements Runnable {
    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    @Mixin
    @SuppressWarnings("NullAway.Init")
    private MoneyOptions money;

    @Override
    public void run() {
        Money euros = Amounts.signed(money.amount);
        Booked booked = admin.on(operator -> {
            UUID organization = money.owner.id(operator);
            return Booked.of(
                    organization,
                    operator.billing().adjust(operator.by(organization, money.reason), euros, money.reference));
        });
        booked.show(admin);
    }
}
