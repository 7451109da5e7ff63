package com.mimiry.providers;

import com.mimiry.platform.Transaction;
import com.mimiry.providers.ProviderHealth.Health;
import com.mimiry.providers.ProviderHealth.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How each replica finds each provider. */
final class ProviderStateStore {
    void write(Transaction tx, String replica, Health health, Provider.@Nullable Rate rate, Instant now) {
        Provider.Balance balance = health.balance();
        tx.handle()
                .createUpdate("""
                        insert into provider_state (provider, replica, state, since, last_success_at, last_error,
                            last_error_at, open_until, calls, failures, rate_limited, in_flight, rate_per_minute,
                            rate_next_at, balance_amount, balance_currency, balance_at, balance_low, updated_at)
                        values (:provider, :replica, :state, :since, :success, :error, :errorAt, :open, :calls, :failures,
                            :limited, :flight, :rate, :next, :balance, :currency, :balanceAt, :low, :now)
                        on conflict (provider, replica) do update
                            set state = excluded.state, since = excluded.since,
                                last_success_at = excluded.last_success_at, last_error = excluded.last_error,
                                last_error_at = excluded.last_error_at, open_until = excluded.open_until,
                                calls = excluded.calls, failures = excluded.failures,
                                rate_limited = excluded.rate_limited, in_flight = excluded.in_flight,
                                rate_per_minute = excluded.rate_per_minute, rate_next_at = excluded.rate_next_at,
                                balance_amount = excluded.balance_amount, balance_currency = excluded.balance_currency,
                                balance_at = excluded.balance_at, balance_low = excluded.balance_low,
                                updated_at = excluded.updated_at
                        """)
                .bind("provider", health.provider())
                .bind("replica", replica)
                .bind("state", health.state().text())
                .bind("since", health.since())
                .bind("success", health.lastSuccessAt())
                .bind("error", health.lastError())
                .bind("errorAt", health.lastErrorAt())
                .bind("open", health.openUntil())
                .bind("calls", health.calls())
                .bind("failures", health.failures())
                .bind("limited", health.rateLimited())
                .bind("flight", health.inFlight())
                .bind("rate", rate == null ? null : rate.perMinute())
                .bind("next", rate == null ? null : rate.nextAt())
                .bind("balance", balance == null ? null : balance.amount())
                .bind("currency", balance == null ? null : balance.currency())
                .bind("balanceAt", balance == null ? null : balance.at())
                .bind("low", balance == null ? null : balance.low())
                .bind("now", now)
                .execute();
    }

    /** Of all replicas that have written since, put together, by name. */
    List<Health> all(Transaction tx, Instant since) {
        Map<String, Health> all = new LinkedHashMap<>();
        tx.handle()
                .createQuery("""
                        select provider, state, since, last_success_at, last_error, last_error_at, open_until, calls,
                            failures, rate_limited, in_flight, rate_per_minute, rate_next_at,
                            balance_amount, balance_currency, balance_at, balance_low
                        from provider_state where updated_at > :since order by provider, replica limit 10000
                        """)
                .bind("since", since)
                .map((row, _) -> health(row))
                .forEach(health -> all.merge(health.provider(), health, Health::and));
        return new ArrayList<>(all.values());
    }

    void forget(Transaction tx, Instant before) {
        tx.handle()
                .createUpdate("delete from provider_state where updated_at < :before")
                .bind("before", before)
                .execute();
    }

    private static Health health(ResultSet row) throws SQLException {
        int perMinute = row.getInt("rate_per_minute");
        Instant next = time(row, "rate_next_at");
        return new Health(
                row.getString("provider"),
                State.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
                row.getObject("since", OffsetDateTime.class).toInstant(),
                time(row, "last_success_at"),
                row.getString("last_error"),
                time(row, "last_error_at"),
                time(row, "open_until"),
                row.getLong("calls"),
                row.getLong("failures"),
                row.getLong("rate_limited"),
                row.getInt("in_flight"),
                next == null ? null : new Provider.Rate(perMinute, next),
                balance(row),
                1);
    }

    private static Provider.@Nullable Balance balance(ResultSet row) throws SQLException {
        Instant at = time(row, "balance_at");
        return at == null
                ? null
                : new Provider.Balance(
                        row.getBigDecimal("balance_amount"),
                        row.getString("balance_currency"),
                        at,
                        row.getBoolean("balance_low"));
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
        return at == null ? null : at.toInstant();
    }
}
