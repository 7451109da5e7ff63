package com.mimiry.billing;

import com.mimiry.platform.Money;
import com.mimiry.platform.Transaction;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Quota overrides, what is in use, and spend limits. */
final class LimitStore {
    private static final int ROWS_MAX = 10_000;

    /** What is in use in an organization, one row for each GPU family ("" = none). */
    List<FamilyUse> use(Transaction tx, UUID organizationId, UUID userId) {
        return tx.handle()
                .createQuery("""
                        select gpu_family,
                            count(*) filter (where kind = 'session') as sessions,
                            coalesce(sum(gpu_count), 0) as gpus,
                            count(*) filter (where kind = 'volume') as volumes,
                            coalesce(sum(volume_gb), 0) as gb,
                            count(*) filter (where kind = 'session' and user_id = :user) as user_sessions,
                            coalesce(sum(gpu_count) filter (where user_id = :user), 0) as user_gpus,
                            count(*) filter (where kind = 'volume' and user_id = :user) as user_volumes,
                            coalesce(sum(volume_gb) filter (where user_id = :user), 0) as user_gb
                        from meter where organization_id = :organization and state <> 'closed'
                        group by gpu_family order by gpu_family limit :max
                        """)
                .bind("organization", organizationId)
                .bind("user", userId)
                .bind("max", ROWS_MAX)
                .map((row, _) -> new FamilyUse(
                        row.getString("gpu_family"),
                        new Use(
                                row.getLong("sessions"),
                                row.getLong("gpus"),
                                row.getLong("volumes"),
                                row.getLong("gb")),
                        new Use(
                                row.getLong("user_sessions"),
                                row.getLong("user_gpus"),
                                row.getLong("user_volumes"),
                                row.getLong("user_gb"))))
                .list();
    }

    /** The operator's overrides for an organization itself and for one of its users. */
    List<QuotaOverride> overrides(Transaction tx, UUID organizationId, UUID userId) {
        return tx.handle()
                .createQuery("""
                        select user_id, name, allowed from quota_override
                        where organization_id = :organization and (user_id is null or user_id = :user)
                        order by name limit :max
                        """)
                .bind("organization", organizationId)
                .bind("user", userId)
                .bind("max", ROWS_MAX)
                .map((row, _) -> new QuotaOverride(
                        row.getObject("user_id", UUID.class), row.getString("name"), row.getLong("allowed")))
                .list();
    }

    void setOverride(Transaction tx, UUID organizationId, @Nullable UUID userId, String name, long allowed) {
        tx.handle()
                .createUpdate("""
                        insert into quota_override (organization_id, user_id, name, allowed)
                        values (:organization, :user::uuid, :name, :allowed)
                        on conflict (organization_id, user_id, name) do update set allowed = excluded.allowed
                        """)
                .bind("organization", organizationId)
                .bind("user", userId)
                .bind("name", name)
                .bind("allowed", allowed)
                .execute();
    }

    void removeOverride(Transaction tx, UUID organizationId, @Nullable UUID userId, String name) {
        tx.handle()
                .createUpdate("""
                        delete from quota_override
                        where organization_id = :organization and user_id is not distinct from :user::uuid and name = :name
                        """)
                .bind("organization", organizationId)
                .bind("user", userId)
                .bind("name", name)
                .execute();
    }

    /**
     * The limits on an organization itself and on its users.
     *
     * @param userId of one user only; null = of all
     */
    List<SpendLimit> spendLimits(Transaction tx, UUID organizationId, @Nullable UUID userId) {
        return tx.handle()
                .createQuery("""
                        select user_id, period, limit_micros, set_by from spend_limit
                        where organization_id = :organization
                            and (user_id is null or :user::uuid is null or user_id = :user::uuid)
                        order by user_id nulls first, period, set_by limit :max
                        """)
                .bind("organization", organizationId)
                .bind("user", userId)
                .bind("max", ROWS_MAX)
                .map((row, _) -> new SpendLimit(
                        row.getObject("user_id", UUID.class),
                        SpendLimit.Period.valueOf(row.getString("period").toUpperCase(Locale.ROOT)),
                        new Money(row.getLong("limit_micros")),
                        SpendLimit.SetBy.valueOf(row.getString("set_by").toUpperCase(Locale.ROOT))))
                .list();
    }

    void setSpendLimit(Transaction tx, UUID organizationId, SpendLimit limit) {
        tx.handle()
                .createUpdate("""
                        insert into spend_limit (organization_id, user_id, period, limit_micros, set_by)
                        values (:organization, :user::uuid, :period, :limit, :setBy)
                        on conflict (organization_id, user_id, period, set_by) do update set limit_micros = excluded.limit_micros
                        """)
                .bind("organization", organizationId)
                .bind("user", limit.userId())
                .bind("period", limit.period().text())
                .bind("limit", limit.limit().micros())
                .bind("setBy", limit.setBy().text())
                .execute();
    }

    void removeSpendLimit(
            Transaction tx,
            UUID organizationId,
            @Nullable UUID userId,
            SpendLimit.Period period,
            SpendLimit.SetBy setBy) {
        tx.handle()
                .createUpdate("""
                        delete from spend_limit
                        where organization_id = :organization and user_id is not distinct from :user::uuid
                            and period = :period and set_by = :setBy
                        """)
                .bind("organization", organizationId)
                .bind("user", userId)
                .bind("period", period.text())
                .bind("setBy", setBy.text())
                .execute();
    }

    record Use(long sessions, long gpus, long volumes, long volumeGb) {
        static final Use NONE = new Use(0, 0, 0, 0);

        Use plus(Use other) {
            return new Use(
                    sessions + other.sessions, gpus + other.gpus, volumes + other.volumes, volumeGb + other.volumeGb);
        }
    }

    record FamilyUse(String family, Use organization, Use user) {}

    /** @param userId null = the organization as a whole */
    record QuotaOverride(@Nullable UUID userId, String name, long allowed) {}
}
