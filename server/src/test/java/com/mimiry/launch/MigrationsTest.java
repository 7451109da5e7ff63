package com.mimiry.launch;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import org.junit.jupiter.api.Test;

/** Flyway is spared only where it would find nothing to do and nothing to complain of. */
class MigrationsTest {
    @Test
    void what_flyway_has_brought_up_to_date_needs_it_no_more() {
        assertThat(Migrations.allDone(TestDatabase.create())).isTrue();
    }

    @Test
    void where_a_migration_lay_when_it_ran_makes_no_difference() {
        Database database = TestDatabase.create();
        database.useTransaction(tx -> {
            tx.handle().execute("update flyway_schema_history set script = 'db/migration/' || script");
        });
        assertThat(Migrations.allDone(database)).isTrue();
    }

    @Test
    void a_migration_that_is_missing_changed_or_failed_is_flyways() {
        for (String fault : new String[] {
            "delete from flyway_schema_history where version = '030'",
            "update flyway_schema_history set checksum = checksum + 1 where version = '030'",
            "update flyway_schema_history set success = false where version = '030'",
            "alter table flyway_schema_history rename to another"
        }) {
            Database database = TestDatabase.create();
            database.useTransaction(tx -> {
                tx.handle().execute(fault);
            });
            assertThat(Migrations.allDone(database)).as(fault).isFalse();
        }
    }
}
