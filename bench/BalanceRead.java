import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;

/** GET /balance of an organization with a long history, against the same with hardly any, and against a new one beside it. */
final class BalanceRead implements Measurement {
    private static final int BATCH = 250_000;

    /**
     * A batch of entries of one session that has ended, two postings each, written past the triggers, which would take hours,
     * with every figure that they would have kept. {@link #requireFaultless} proves afterwards that all of it is right.
     */
    private static final String FILL = """
            begin;
            set local session_replication_role = replica;
            create temporary table made on commit drop as
                select gen_random_uuid() as resource, b.last_entry_at as since, t.total as balance,
                    timestamptz '2016-01-01 00:00:00Z' as zero, c.id as cash, r.id as revenue
                from billing_account b
                join (select organization_id, sum(balance_micros)::bigint as total from account
                    where kind in ('cash', 'reserved') group by 1) t using (organization_id)
                join account c on c.organization_id = b.organization_id and c.kind = 'cash'
                join account r on r.organization_id = b.organization_id and r.kind = 'usage_revenue'
                where b.organization_id = :'org';
            insert into meter (resource_id, kind, organization_id, user_id, provider, gpu_family, gpu_count, volume_gb, description,
                    state, hourly_rate_micros, hourly_cost_micros, started_at, metered_seconds, charged_micros, opened_at, closed_at)
                select resource, 'session', :'org', :'org', 'docker', 'T4', 1, 0, 'history', 'closed', 60000, 0, zero,
                    :rows * 60::bigint, :rows * 1000::bigint, zero, since from made;
            insert into usage_day (organization_id, day, resource_id, user_id, resource_kind, gpu_family, gpu_count, seconds,
                    charged_micros, cost_micros)
                select :'org', (zero + i * interval '1 minute')::date, resource, :'org', 'session', 'T4', 1, 60 * count(*),
                    1000 * count(*), 0
                from made, generate_series(0, :rows - 1) i group by 2, 3;
            with entry as (
                insert into ledger_transaction (id, organization_id, at, kind, resource_id, resource_kind, interval_key, used_from,
                    used_to, amount_micros, balance_after_micros, description)
                select gen_random_uuid(), :'org', since + i * interval '1 microsecond', 'usage', resource, 'session', (i * 60)::text,
                    zero + i * interval '1 minute', zero + (i + 1) * interval '1 minute', -1000, balance - (i + 1) * 1000, 'history'
                from made, generate_series(0, :rows - 1) i order by i
                returning id)
            insert into posting (transaction_id, account_id, amount_micros)
                select id, account, amount from entry, made, lateral (values (cash, -1000), (revenue, 1000)) p (account, amount);
            update account set balance_micros = balance_micros + case kind when 'cash' then -1000 else 1000 end * :rows::bigint
                where organization_id = :'org' and kind in ('cash', 'usage_revenue');
            update billing_account set entry_count = entry_count + :rows, last_entry_at = last_entry_at + :rows * interval '1 microsecond'
                where organization_id = :'org';
            commit;
            """;

    @Override
    public String name() {
        return "balance-read";
    }

    @Override
    public String what() {
        return "GET /balance with a long history / without";
    }

    @Override
    public List<Finding> run(Lab lab) throws Exception {
        Shell.need("psql", "jq", "openssl");
        var batches = lab.rounds(20, 2);
        var organization = Api.member(lab.api().call("GET", "/balance", ""), "org_id");
        var beside = newcomer(lab);
        latency(lab.api(), 8_000);
        latency(beside, 500);
        var before = new Samples();
        for (int round = 0; round < rounds(lab); round++) {
            before.add(latency(lab.api(), 300));
        }
        for (int batch = 0; batch < batches; batch++) {
            System.err.printf("bench: balance-read: %,d of %,d postings%n", 2L * BATCH * batch, 2L * BATCH * batches);
            psql(lab, FILL, "-v", "org=" + organization, "-v", "rows=" + BATCH);
        }
        psql(lab, "analyze");
        requireFaultless(lab);
        latency(lab.api(), 300);
        var after = new Samples();
        var empty = new Samples();
        for (int round = 0; round < rounds(lab); round++) {
            empty.add(latency(beside, 300));
            after.add(latency(lab.api(), 300));
        }
        var many = "GET /balance, %,d postings / ".formatted(2L * BATCH * batches).replace(',', ' ');
        return List.of(
                Finding.of(name(), many + "before", "ms", after, before, Finding.Kind.RATIO_AT_MOST, 1.25),
                Finding.of(name(), many + "a new organization", "ms", after, empty, Finding.Kind.RATIO_AT_MOST, 1.25));
    }

    private static int rounds(Lab lab) {
        return lab.rounds(9, 5);
    }

    /** Median of so many calls, one after the other, in milliseconds. */
    private static double latency(Api api, int calls) throws Exception {
        var samples = new Samples();
        for (int i = 0; i < calls; i++) {
            var start = System.nanoTime();
            api.call("GET", "/balance", "");
            samples.add((System.nanoTime() - start) / 1e6);
        }
        return samples.median();
    }

    private static Api newcomer(Lab lab) throws Exception {
        var key = lab.folder.resolve("newcomer");
        Shell.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "newcomer", "-f", key.toString()).orFail("ssh-keygen");
        lab.addUser("newcomer@example.org", Path.of(key + ".pub"));
        var environment = new HashMap<>(lab.environment());
        environment.put("MIMIRY_KEY", key.toString());
        return new Api(lab.base(), Shell.run(
                        environment,
                        List.of("bash", "-c", ". skill/scripts/mimiry-auth.sh \"$MIMIRY_KEY\" && printf %s \"$MIMIRY_TOKEN\""))
                .orFail("signing in")
                .text());
    }

    /** Proves the whole ledger from its postings up. */
    static void requireFaultless(Lab lab) throws Exception {
        var faults = psql(lab, "select fault from ledger_faults() limit 5").strip();
        if (!faults.isEmpty()) {
            throw new IllegalStateException("the ledger is wrong: " + faults);
        }
    }

    private static String psql(Lab lab, String script, String... more) throws Exception {
        var file = lab.folder.resolve("script.sql");
        java.nio.file.Files.writeString(file, script);
        var command = new java.util.ArrayList<>(List.of("psql", "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-f", file.toString()));
        command.addAll(List.of(more));
        return Shell.run(lab.postgres(), command).orFail("psql").text();
    }
}
