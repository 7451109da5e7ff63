package com.mimiry.billing;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.billing.Billing.Meter;
import com.mimiry.billing.BillingRules.QuotaRules;
import com.mimiry.billing.LimitStore.FamilyUse;
import com.mimiry.billing.LimitStore.QuotaOverride;
import com.mimiry.billing.LimitStore.Use;
import com.mimiry.platform.Transaction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How much may exist at once. Use is counted from the meters that are open, under the lock that a create holds. */
final class Quotas {
    private static final String GPUS_OF = "gpus.";

    private final BillingRules rules;
    private final LimitStore store = new LimitStore();

    Quotas(BillingRules rules) {
        this.rules = rules;
    }

    /** @throws ApiException 429 that names the first quota which does not allow one more such thing */
    void check(Transaction tx, Meter meter) {
        Map<String, Long> asked = new LinkedHashMap<>();
        if (meter.kind().equals("volume")) {
            asked.put("volumes", 1L);
            asked.put("volume_gb", (long) meter.volumeGb());
        } else {
            asked.put("sessions", 1L);
            if (meter.gpuCount() > 0) {
                asked.put(GPUS_OF + meter.gpuFamily(), (long) meter.gpuCount());
            }
        }
        check(tx, meter.organizationId(), meter.userId(), asked);
    }

    /** @throws ApiException 429 where a volume may not grow by so much */
    void checkGrowth(Transaction tx, Meter meter, long moreGb) {
        check(tx, meter.organizationId(), meter.userId(), Map.of("volume_gb", moreGb));
    }

    /**
     * @param old as it is counted now
     * @throws ApiException 429 where it may not run with the GPUs of another placement
     */
    void checkPlacement(Transaction tx, Meter old, Meter placed) {
        boolean sameFamily = old.gpuFamily().equalsIgnoreCase(placed.gpuFamily());
        long more = (long) placed.gpuCount() - (sameFamily ? old.gpuCount() : 0);
        if (more > 0) {
            check(tx, placed.organizationId(), placed.userId(), Map.of(GPUS_OF + placed.gpuFamily(), more));
        }
    }

    private void check(Transaction tx, UUID organizationId, UUID userId, Map<String, Long> asked) {
        List<QuotaLine> lines = lines(tx, organizationId, userId, asked.keySet());
        for (QuotaLine line : lines) {
            Long more = asked.get(line.name());
            if (more != null && more > 0 && line.used() + more > line.limit()) {
                throw refusal(line, more);
            }
        }
    }

    private static ApiException refusal(QuotaLine line, long more) {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("quota", line.name());
        details.put("scope", line.scope());
        details.put("limit", line.limit());
        details.put("used", line.used());
        details.put("requested", more);
        return new ApiException(
                ErrorCode.QUOTA_EXCEEDED,
                "The " + line.scope() + "'s quota of " + line.name() + " is " + line.limit() + ", of which "
                        + line.used()
                        + " are in use, and " + more + " more would exceed it; end something that runs, or ask the"
                        + " operator for more.",
                details);
    }

    /**
     * Every quota of an organization and of one user in it, with its use. {@code gpus} is what each GPU family may have that
     * has no quota of its own, and the use of the family that uses most; families in use or with an override follow.
     */
    List<QuotaLine> lines(Transaction tx, UUID organizationId, UUID userId, Set<String> alsoNamed) {
        List<FamilyUse> use = store.use(tx, organizationId, userId);
        List<QuotaOverride> overrides = store.overrides(tx, organizationId, userId);
        Set<String> gpuNames = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        use.stream()
                .map(FamilyUse::family)
                .filter(f -> !f.isEmpty())
                .map(GPUS_OF::concat)
                .forEach(gpuNames::add);
        overrides.stream()
                .map(QuotaOverride::name)
                .filter(n -> n.startsWith(GPUS_OF))
                .forEach(gpuNames::add);
        alsoNamed.stream().filter(n -> n.startsWith(GPUS_OF)).forEach(gpuNames::add);
        List<QuotaLine> lines = new ArrayList<>();
        for (@Nullable UUID scope : new @Nullable UUID[] {null, userId}) {
            QuotaRules defaults = scope == null ? rules.perOrganization() : rules.perUser();
            Limits limits = new Limits(scope, overrides);
            Use total = use.stream()
                    .map(family -> scope == null ? family.organization() : family.user())
                    .reduce(Use.NONE, Use::plus);
            lines.add(limits.line("sessions", defaults.sessions(), total.sessions()));
            long gpus = limits.allowed("gpus", defaults.gpus());
            lines.add(limits.line(
                    "gpus",
                    defaults.gpus(),
                    gpuNames.stream()
                            .mapToLong(name -> gpusInUse(use, name, scope))
                            .max()
                            .orElse(0)));
            for (String name : gpuNames) {
                lines.add(limits.line(name, gpus, gpusInUse(use, name, scope)));
            }
            lines.add(limits.line("volumes", defaults.volumes(), total.volumes()));
            lines.add(limits.line("volume_gb", defaults.volumeGb(), total.volumeGb()));
        }
        return lines;
    }

    private static long gpusInUse(List<FamilyUse> use, String name, @Nullable UUID scope) {
        return use.stream()
                .filter(family -> name.equalsIgnoreCase(GPUS_OF + family.family()))
                .mapToLong(family -> scope == null
                        ? family.organization().gpus()
                        : family.user().gpus())
                .sum();
    }

    /**
     * The stored form of a quota's name.
     *
     * @throws ApiException 422 where there is no such quota
     */
    static String checkedName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (Set.of("sessions", "gpus", "volumes", "volume_gb").contains(lower)) {
            return lower;
        }
        if (lower.startsWith(GPUS_OF) && lower.length() > GPUS_OF.length()) {
            return GPUS_OF + name.substring(GPUS_OF.length());
        }
        throw ApiException.invalidField(
                "name", "name must be sessions, gpus, gpus.FAMILY (such as gpus.H100), volumes or volume_gb.");
    }

    private record Limits(@Nullable UUID userId, List<QuotaOverride> overrides) {
        long allowed(String name, long otherwise) {
            return overrides.stream()
                    .filter(o -> java.util.Objects.equals(o.userId(), userId)
                            && o.name().equalsIgnoreCase(name))
                    .mapToLong(QuotaOverride::allowed)
                    .findFirst()
                    .orElse(otherwise);
        }

        QuotaLine line(String name, long otherwise, long used) {
            return new QuotaLine(name, userId == null ? "organization" : "user", allowed(name, otherwise), used);
        }
    }
}
