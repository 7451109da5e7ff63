package com.mimiry.simulation;

import com.mimiry.catalog.GpuCatalog;
import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/** What runs stand on: a migrated database of their own, threads, and the catalogue. One run at a time. */
final class Ground implements AutoCloseable {
    private @Nullable SteppedDataSource source;
    private final Database database;
    private final GpuCatalog catalog = new GpuCatalog();
    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("strand-", 0).factory());

    Ground() {
        this.database = TestDatabase.createVolatile(real -> {
            source = new SteppedDataSource(real);
            return source;
        });
    }

    Database database() {
        return database;
    }

    SteppedDataSource source() {
        return Objects.requireNonNull(source);
    }

    GpuCatalog catalog() {
        return catalog;
    }

    ExecutorService threads() {
        return threads;
    }

    /** Proves the books of all runs so far, from the postings up. */
    List<String> ledgerFaults() {
        return database.read(tx -> tx.handle()
                .createQuery("select fault from ledger_faults() limit 20")
                .mapTo(String.class)
                .list());
    }

    @Override
    public void close() {
        threads.shutdownNow();
        source().close();
    }
}
