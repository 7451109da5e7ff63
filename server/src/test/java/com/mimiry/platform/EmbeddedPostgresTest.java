package com.mimiry.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EmbeddedPostgresTest {
    @Test
    void it_is_durable_and_of_the_version_that_we_name() {
        Database database = TestDatabase.createEmpty();

        assertThat(setting(database, "fsync")).isEqualTo("on");
        assertThat(setting(database, "synchronous_commit")).isEqualTo("on");
        assertThat(setting(database, "full_page_writes")).isEqualTo("on");
        assertThat(setting(database, "listen_addresses")).isEqualTo("127.0.0.1");
        assertThat(PostgresBinaries.VERSION).startsWith(setting(database, "server_version"));
    }

    @Test
    void it_never_runs_as_root() throws Exception {
        String status = Files.readString(
                Path.of("/proc", Long.toString(TestDatabase.server().pid()), "status"));

        assertThat(status).doesNotContainPattern("Uid:\\s+0").containsPattern("CapEff:\\s+0+\n");
    }

    private static String setting(Database database, String name) {
        return database.read(tx -> tx.handle()
                .createQuery("SELECT current_setting(:name)")
                .bind("name", name)
                .mapTo(String.class)
                .one());
    }
}
