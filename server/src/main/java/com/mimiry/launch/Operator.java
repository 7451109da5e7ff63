package com.mimiry.launch;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.AccountSuspension;
import com.mimiry.billing.BillingAdmin;
import com.mimiry.billing.BillingRules;
import com.mimiry.billing.PrepaidBilling;
import com.mimiry.identity.Actor;
import com.mimiry.identity.IdentityAdmin;
import com.mimiry.identity.Organization;
import com.mimiry.oversight.Hosts;
import com.mimiry.oversight.ProviderAdmin;
import com.mimiry.platform.Clocks;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import com.mimiry.providers.DeploymentSshKey;
import java.time.Clock;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the person at the terminal may do.
 *
 * @param identity users, keys, organizations
 * @param billing money by hand
 * @param accounts what organizations have
 * @param hosts the Docker hosts
 * @param providers how they are and what they hold for us
 * @param sshKey the public half of the key with which the server logs in to hosts; empty before it has ever run
 */
record Operator(
        IdentityAdmin identity,
        BillingAdmin billing,
        PrepaidBilling accounts,
        Hosts hosts,
        ProviderAdmin providers,
        Optional<String> sshKey) {
    static Operator of(Database database, BillingRules rules) {
        Clock clock = Clocks.utc();
        Ids ids = Ids.random();
        return new Operator(
                new IdentityAdmin(database, clock, ids, new AccountSuspension()),
                new BillingAdmin(database, clock, ids, rules),
                new PrepaidBilling(database, clock, ids, rules),
                new Hosts(database, clock),
                new ProviderAdmin(database, clock, ids),
                DeploymentSshKey.publicLine(database));
    }

    /** Adds prepaid money. @return the balance afterwards */
    Money credit(UUID organizationId, Money amount, String reason) {
        if (amount.compareTo(Money.ZERO) <= 0) {
            throw new ApiException(ErrorCode.INVALID_FIELD, "The amount must be more than 0 EUR.");
        }
        return billing.credit(by(organizationId, reason), amount, null).balance();
    }

    /** Who acts: whoever is at the terminal. */
    BillingAdmin.By by(UUID organizationId, String reason) {
        return new BillingAdmin.By(Actor.COMMAND_LINE.name(), organizationId, reason);
    }

    /**
     * The id of a user who belongs to an organization.
     *
     * @param idOrName null = nobody in particular
     * @throws ApiException where the user does not belong to it
     */
    @Nullable UUID member(UUID organizationId, @Nullable String idOrName) {
        UUID id = user(idOrName);
        if (idOrName != null
                && identity.organizationsOf(idOrName).stream()
                        .noneMatch(organization -> organization.id().equals(organizationId))) {
            throw new ApiException(ErrorCode.INVALID_FIELD, idOrName + " does not belong to that organization.");
        }
        return id;
    }

    /** The id of a user by e-mail, username or id; null where none is named. */
    @Nullable UUID user(@Nullable String idOrName) {
        return idOrName == null ? null : identity.user(idOrName).id();
    }

    /** The organization with this id or slug. */
    Organization organization(String idOrSlug) {
        return identity.organizations().stream()
                .filter(organization -> organization.id().toString().equalsIgnoreCase(idOrSlug)
                        || organization.slug().equalsIgnoreCase(idOrSlug))
                .findFirst()
                .orElseThrow(() -> new ApiException(
                        ErrorCode.NOT_FOUND, "There is no organization " + idOrSlug + "; 'org list' shows them all."));
    }

    Money balance(UUID organizationId) {
        return accounts.balance(organizationId).map(balance -> balance.cash()).orElse(Money.ZERO);
    }
}
