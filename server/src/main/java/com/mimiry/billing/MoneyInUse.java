package com.mimiry.billing;

import com.mimiry.identity.OrganizationInUse;
import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * An organization whose money is not settled cannot be deleted: nobody could use it or pay it any more. It is asked under the
 * lock of the money, which a create waits for.
 */
@Singleton
final class MoneyInUse implements OrganizationInUse {
    private final LedgerStore accounts = new LedgerStore();
    private final MeterStore meters = new MeterStore();

    @Override
    public List<String> uses(Transaction tx, UUID organizationId) {
        accounts.ensure(tx, organizationId);
        Funds funds = accounts.lock(tx, organizationId).orElseThrow();
        List<String> uses = new ArrayList<>();
        int open = meters.open(tx, organizationId).size();
        if (open > 0) {
            uses.add(open == 1 ? "1 open bill" : open + " open bills");
        }
        Money balance = funds.balance();
        if (balance.isNegative()) {
            uses.add("a debt of " + balance.negated() + ", to be paid first");
        } else if (balance.micros() > 0) {
            uses.add("a balance of " + balance + ", which the operator of this server can pay out");
        }
        return uses;
    }
}
