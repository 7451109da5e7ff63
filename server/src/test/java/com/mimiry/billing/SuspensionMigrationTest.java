package com.mimiry.billing;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Before V033 an account could be suspended while its organization was not, and the other way round. */
class SuspensionMigrationTest {
    private final Database database = TestDatabase.createEmpty();

    private void migrate(String target) {
        Flyway.configure()
                .dataSource(database.dataSource())
                .locations("classpath:db/migration")
                .target(target)
                .load()
                .migrate();
    }

    private void organization(String slug, @Nullable String suspendedReason, boolean accountSuspended) {
        database.useTransaction(tx -> {
            tx.handle()
                    .createUpdate("""
                            insert into organization (id, name, slug, created_at, updated_at, suspended_at, suspended_reason)
                            values (md5(:slug)::uuid, :slug, :slug, now(), now(), case when :reason::text is null then null else now() end,
                                :reason)
                            """)
                    .bind("slug", slug)
                    .bind("reason", suspendedReason)
                    .execute();
            tx.handle()
                    .createUpdate(
                            "insert into billing_account (organization_id, suspended) values (md5(:slug)::uuid, :suspended)")
                    .bind("slug", slug)
                    .bind("suspended", accountSuspended)
                    .execute();
        });
    }

    @Test
    void both_marks_agree_afterwards_and_nobody_who_was_suspended_gets_free() {
        migrate("32");
        organization("both", "unpaid bills", true);
        organization("account-only", null, true);
        organization("organization-only", "looks odd", false);
        organization("neither", null, false);
        migrate("33");
        List<String> marks = database.read(
                tx -> tx.handle().createQuery("""
                        select o.slug || ' ' || coalesce(o.suspended_reason, '-') || ' ' || (o.suspended_at is not null) || ' ' || b.suspended
                        from organization o join billing_account b on b.organization_id = o.id order by o.slug
                        """).mapTo(String.class).list());
        assertThat(marks)
                .containsExactly(
                        "account-only Suspended by the operator true true",
                        "both unpaid bills true true",
                        "neither - false false",
                        "organization-only looks odd true true");
    }
}
