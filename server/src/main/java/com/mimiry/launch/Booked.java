package com.mimiry.launch;

import com.mimiry.billing.BillingAdmin.Booking;
import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.util.List;
import java.util.UUID;

/** Money that was moved by hand, and what the organization has now. */
record Booked(UUID orgId, UUID transactionId, BigDecimal balance, String currency) {
    static Booked of(UUID organization, Booking booking) {
        return new Booked(
                organization, booking.transactionId(), booking.balance().euros(), Money.CURRENCY);
    }

    void show(AdminCommand admin) {
        admin.show(
                this,
                List.of(this),
                new Table<Booked>()
                        .column("ORGANIZATION", Booked::orgId)
                        .column("TRANSACTION", Booked::transactionId)
                        .column("BALANCE", row -> row.balance().toPlainString() + " " + row.currency()));
    }
}
