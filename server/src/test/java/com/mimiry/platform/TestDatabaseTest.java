package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TestDatabaseTest {
    @Test
    void each_test_gets_a_database_of_its_own() {
        Database one = TestDatabase.create();
        Database two = TestDatabase.create();

        one.useTransaction(tx -> tx.handle().execute("CREATE TABLE only_in_one (id int)"));

        assertThat(tables(one, "only_in_one")).isEqualTo(1);
        assertThat(tables(two, "only_in_one")).isZero();
    }

    @Test
    void the_session_time_zone_is_not_utc_on_purpose() {
        String zone = TestDatabase.create()
                .read(tx -> tx.handle()
                        .createQuery("SELECT current_setting('TimeZone')")
                        .mapTo(String.class)
                        .one());

        assertThat(zone).isEqualTo("Asia/Kathmandu");
    }

    private static int tables(Database database, String name) {
        return database.read(tx -> tx.handle()
                .createQuery("SELECT count(*) FROM pg_tables WHERE tablename = :name")
                .bind("name", name)
                .mapTo(Integer.class)
                .one());
    }
}
