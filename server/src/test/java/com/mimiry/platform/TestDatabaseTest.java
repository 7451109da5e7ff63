package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
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

    @Test
    void a_null_id_is_stored_as_null() {
        Database database = TestDatabase.createEmpty();
        database.useTransaction(tx -> tx.handle().execute("CREATE TABLE ids (id uuid)"));

        database.useTransaction(tx -> tx.handle()
                .createUpdate("INSERT INTO ids VALUES (:id)")
                .bindByType("id", null, UUID.class)
                .execute());

        assertThat(database.<Integer>read(tx -> tx.handle()
                        .createQuery("SELECT count(*) FROM ids WHERE id IS NULL")
                        .mapTo(Integer.class)
                        .one()))
                .isEqualTo(1);
    }

    private static int tables(Database database, String name) {
        return database.read(tx -> tx.handle()
                .createQuery("SELECT count(*) FROM pg_tables WHERE tablename = :name")
                .bind("name", name)
                .mapTo(Integer.class)
                .one());
    }
}
