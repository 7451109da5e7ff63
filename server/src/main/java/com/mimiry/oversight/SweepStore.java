package com.mimiry.oversight;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.api.JsonManners;
import com.mimiry.platform.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Sweeps that were asked for, and what came of those and of the timer's. */
final class SweepStore {
    private static final ObjectMapper JSON = JsonManners.mapper();

    /** A sweep that nobody has begun yet. */
    record Asked(UUID id, String provider, String askedBy, boolean dryRun) {}

    void ask(Transaction tx, Asked asked, Instant now) {
        tx.handle()
                .createUpdate("""
                        insert into sweep (id, provider, asked_by, asked_at, dry_run)
                        values (:id, :provider, :by, :now, :dry)
                        """)
                .bind("id", asked.id())
                .bind("provider", asked.provider())
                .bind("by", asked.askedBy())
                .bind("now", now)
                .bind("dry", asked.dryRun())
                .execute();
    }

    Optional<Asked> asked(Transaction tx, UUID id) {
        return tx.handle()
                .createQuery("select id, provider, asked_by, dry_run from sweep where id = :id and report is null")
                .bind("id", id)
                .map((row, _) -> new Asked(
                        row.getObject("id", UUID.class),
                        row.getString("provider"),
                        row.getString("asked_by"),
                        row.getBoolean("dry_run")))
                .findOne();
    }

    /** Nobody waits for it any more. @return false where somebody has it done */
    boolean withdraw(Transaction tx, UUID id) {
        return tx.handle()
                        .createUpdate("delete from sweep where id = :id and report is null")
                        .bind("id", id)
                        .execute()
                == 1;
    }

    /** Notes what came of a sweep, asked for or not. */
    void done(Transaction tx, UUID id, SweepReport report, Instant now) {
        tx.handle()
                .createUpdate("""
                        insert into sweep (id, provider, asked_by, asked_at, dry_run, done_at, report)
                        values (:id, :provider, :by, :at, :dry, :now, :report)
                        on conflict (id) do update set done_at = :now, dry_run = :dry, report = :report
                        """)
                .bind("id", id)
                .bind("provider", report.provider())
                .bind("by", report.askedBy())
                .bind("at", report.at())
                .bind("dry", report.dryRun())
                .bind("now", now)
                .bind("report", text(report))
                .execute();
    }

    Optional<SweepReport> report(Transaction tx, UUID id) {
        return tx.handle()
                .createQuery("select report from sweep where id = :id and report is not null")
                .bind("id", id)
                .mapTo(String.class)
                .findOne()
                .map(SweepStore::report);
    }

    /** The newest of each provider. */
    List<SweepReport> newest(Transaction tx) {
        return tx.handle().createQuery("""
                        select distinct on (provider) report from sweep where report is not null
                        order by provider, done_at desc limit 1000
                        """).mapTo(String.class).list().stream()
                .map(SweepStore::report)
                .toList();
    }

    /** What the timer last found and did at a provider. */
    Optional<SweepReport> last(Transaction tx, String provider) {
        return tx.handle()
                .createQuery("""
                        select report from sweep where provider = :provider and report is not null and asked_by = 'timer'
                        order by done_at desc limit 1
                        """)
                .bind("provider", provider)
                .mapTo(String.class)
                .findOne()
                .map(SweepStore::report);
    }

    void forget(Transaction tx, Instant before) {
        tx.handle()
                .createUpdate("delete from sweep where asked_at < :before")
                .bind("before", before)
                .execute();
    }

    private static String text(SweepReport report) {
        try {
            return JSON.writeValueAsString(report);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static SweepReport report(String json) {
        try {
            return JSON.readValue(json, SweepReport.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
