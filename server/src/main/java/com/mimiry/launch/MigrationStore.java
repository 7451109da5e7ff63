package com.mimiry.launch;

import com.mimiry.platform.Transaction;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What Flyway has written down about a database. */
final class MigrationStore {
    private static final int MIGRATIONS_MAX = 10_000;

    /** Checksums of the migrations that ran, by their files' names; empty where none ever ran, or one failed. */
    Optional<Map<String, Integer>> done(Transaction tx) {
        if (tx.handle()
                .createQuery("select to_regclass('flyway_schema_history') is null")
                .mapTo(Boolean.class)
                .one()) {
            return Optional.empty();
        }
        List<Done> all = tx.handle()
                .createQuery("""
                        select regexp_replace(script, '^.*/', '') as script, checksum, success
                        from flyway_schema_history
                        where type = 'SQL' and version is not null
                        order by installed_rank
                        limit :max
                        """)
                .bind("max", MIGRATIONS_MAX)
                .map((row, _) -> new Done(row.getString("script"), row.getInt("checksum"), row.getBoolean("success")))
                .list();
        return all.stream().allMatch(Done::success)
                ? Optional.of(all.stream().collect(Collectors.toMap(Done::script, Done::checksum)))
                : Optional.empty();
    }

    private record Done(String script, int checksum, boolean success) {}
}
