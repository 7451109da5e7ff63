import com.mimiry.billing.Billing.Meter;
import com.mimiry.billing.BillingRules;
import com.mimiry.billing.PrepaidBilling;
import com.mimiry.platform.Clocks;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Money;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/**
 * Books use as the server does while sessions run: each client has an organization with one running session and has its next
 * minute metered, again and again, one transaction each. Started by {@code Postings} with the server's own classes on the
 * class path; says how many ledger entries a second were booked.
 */
final class PostingLoad {
    private static final Duration INTERVAL = Duration.ofMinutes(1);

    private PostingLoad() {}

    public static void main(String... arguments) throws Exception {
        var clients = Integer.parseInt(arguments[0]);
        var seconds = Integer.parseInt(arguments[1]);
        try (var pool = pool(clients)) {
            var database = new Database(pool);
            var billing = new PrepaidBilling(database, Clocks.utc(), Ids.random(), BillingRules.defaults());
            var meters = IntStream.range(0, clients).mapToObj(_ -> running(database, billing)).toList();
            try (var threads = Executors.newFixedThreadPool(clients)) {
                var from = Clocks.utc().instant().minus(Duration.ofDays(365));
                var warm = System.nanoTime() + Duration.ofSeconds(8).toNanos();
                var end = warm + Duration.ofSeconds(seconds).toNanos();
                var booked = threads.invokeAll(meters.stream()
                        .<Callable<Long>>map(meter -> () -> book(database, billing, meter, from, warm, end))
                        .toList());
                var total = 0L;
                for (var each : booked) {
                    total += each.get();
                }
                System.out.printf("entries = %.1f%n", total / (double) seconds);
            }
        }
    }

    private static Meter running(Database database, PrepaidBilling billing) {
        var organization = UUID.randomUUID();
        var meter = new Meter(
                UUID.randomUUID(), "session", organization, UUID.randomUUID(), Money.ofEuros("2.49"), Money.ofEuros("2"),
                "docker", "H100", 1, null, "bench: 1 × H100 at docker");
        var now = Clocks.utc().instant();
        database.useTransaction(tx -> billing.credit(tx, organization, Money.ofEuros("1000000"), "bench", "bench", now));
        database.useTransaction(tx -> billing.reserve(tx, meter, now));
        return meter;
    }

    private static long book(Database database, PrepaidBilling billing, Meter meter, Instant from, long warm, long end) {
        var counted = 0L;
        var upTo = from;
        database.useTransaction(tx -> billing.meter(tx, meter.resourceId(), from, from));
        for (var now = System.nanoTime(); now < end; now = System.nanoTime()) {
            upTo = upTo.plus(INTERVAL);
            var until = upTo;
            database.useTransaction(tx -> billing.meter(tx, meter.resourceId(), from, until));
            if (now >= warm) {
                counted++;
            }
        }
        return counted;
    }

    private static AgroalDataSource pool(int size) throws Exception {
        var environment = System.getenv();
        return AgroalDataSource.from(new AgroalDataSourceConfigurationSupplier()
                .connectionPoolConfiguration(connections -> connections
                        .maxSize(size)
                        .acquisitionTimeout(Duration.ofSeconds(10))
                        .connectionFactoryConfiguration(factory -> factory
                                .jdbcUrl("jdbc:postgresql://" + environment.get("PGHOST") + ":" + environment.get("PGPORT") + "/"
                                        + environment.get("PGDATABASE"))
                                .principal(new NamePrincipal(environment.get("PGUSER")))
                                .credential(new SimplePassword(environment.get("PGPASSWORD")))
                                .initialSql("SET TIME ZONE 'UTC'"))));
    }
}
