package com.mimiry.providers.verda;

import com.mimiry.providers.Provider.Balance;
import com.mimiry.providers.ProviderFailure;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The money of the operator's account, as Verda last told it: when it is gone, Verda ends all machines. */
final class VerdaBalance {
    private static final Logger LOG = Logger.getLogger(VerdaBalance.class);
    private static final Duration FRESH_FOR = Duration.ofMinutes(2);

    private final VerdaApi api;
    private final BigDecimal lowBelow;
    private final Clock clock;
    private final AtomicReference<@Nullable Balance> told = new AtomicReference<>();
    private final AtomicReference<Instant> askedAt = new AtomicReference<>(Instant.MIN);

    VerdaBalance(VerdaApi api, BigDecimal lowBelow, Clock clock) {
        this.api = api;
        this.lowBelow = lowBelow;
        this.clock = clock;
    }

    Optional<Balance> last() {
        return Optional.ofNullable(told.get());
    }

    /** Asks where the last answer is old. That nobody answers is no reason to fail for whoever came by. */
    void keepFresh() {
        Instant now = clock.instant();
        Instant last = askedAt.get();
        if (now.isAfter(last.plus(FRESH_FOR)) && askedAt.compareAndSet(last, now)) {
            ask();
        }
    }

    /** Asks now. @return empty where nobody answers */
    Optional<Balance> ask() {
        try {
            VerdaApi.Funds funds = api.funds();
            boolean low = funds.amount().compareTo(lowBelow) < 0;
            Balance now = new Balance(funds.amount(), funds.currency(), clock.instant(), low);
            Balance before = told.getAndSet(now);
            if (low && (before == null || !before.low())) {
                LOG.warnf(
                        "verda's account holds %s %s, below %s: when it is empty, verda ends all machines",
                        funds.amount(), funds.currency(), lowBelow);
            }
            return Optional.of(now);
        } catch (ProviderFailure e) {
            LOG.infof("verda does not tell its account's balance: %s", e.getMessage());
            return Optional.empty();
        }
    }
}
