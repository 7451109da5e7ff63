package com.mimiry.sessions;

import com.mimiry.api.ApiException;
import com.mimiry.billing.Billing;
import com.mimiry.catalog.Candidate;
import com.mimiry.catalog.GpuRequest;
import com.mimiry.catalog.Market;
import com.mimiry.catalog.Ranking;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Provider;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.Provider.MachineState;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.reconcile.Lanes;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.volumes.SessionVolumes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Gets a session a machine: one candidate after another, each with its intent committed before the provider is asked. */
@Singleton
final class Placement {
    private static final Duration COOL_DOWN = Duration.ofSeconds(30);

    private final Database database;
    private final SessionStore sessions = new SessionStore();
    private final AttemptStore attempts = new AttemptStore();
    private final SessionRequests requests;
    private final Market market;
    private final MachineListings providers;
    private final Billing billing;
    private final SessionVolumes volumes;
    private final Reconciler reconciler;
    private final Lanes lanes;
    private final Clock clock;
    private final Ids ids;

    Placement(
            Database database,
            SessionRequests requests,
            Market market,
            MachineListings providers,
            Billing billing,
            SessionVolumes volumes,
            Reconciler reconciler,
            Lanes lanes,
            Clock clock,
            Ids ids) {
        this.database = database;
        this.requests = requests;
        this.market = market;
        this.providers = providers;
        this.billing = billing;
        this.volumes = volumes;
        this.reconciler = reconciler;
        this.lanes = lanes;
        this.clock = clock;
        this.ids = ids;
    }

    /** What came of {@link #tryNext}. */
    sealed interface Tried {
        /** A candidate was asked for, whatever came of it. */
        record Asked() implements Tried {}

        /** The next candidate's provider has as many steps of ours under way as it may have. */
        record Later(Duration pause) implements Tried {}

        /** There is none. */
        record Nothing(String why) implements Tried {}
    }

    /** Tries the next candidate. */
    Tried tryNext(Session session) {
        GpuRequest request = requests.gpu(session.wanted().gpuRequest());
        int ordinal = session.attempt() == null ? 1 : session.attempt().ordinal() + 1;
        if (ordinal > request.maxAttempts()) {
            return new Tried.Nothing("No machine could be had in %d attempts; the events tell what each provider said."
                    .formatted(request.maxAttempts()));
        }
        return switch (market.rank(request, volumes.requirement(volumes.of(session.id())))) {
            case Ranking.Impossible(String _, String message) -> new Tried.Nothing(message);
            case Ranking.NothingFree(List<Candidate> _, String message) -> new Tried.Nothing(message);
            case Ranking.Ranked(List<Candidate> candidates) -> tryFirst(session, ordinal, candidates);
        };
    }

    private Tried tryFirst(Session session, int ordinal, List<Candidate> candidates) {
        Set<String> tried = Set.copyOf(database.read(tx -> attempts.tried(tx, session.id())));
        Optional<Candidate> untried = candidates.stream()
                .filter(candidate -> !tried.contains(key(candidate)))
                .findFirst();
        if (untried.isEmpty()) {
            return new Tried.Nothing(
                    "Every machine that fits has been tried; the events tell what each provider said.");
        }
        Candidate candidate = untried.get();
        String provider = candidate.offer().provider();
        Lanes.Pass pass = lanes.enter(provider).orElse(null);
        if (pass == null) {
            return new Tried.Later(lanes.pause(provider));
        }
        try (pass) {
            return ask(session, ordinal, candidate);
        }
    }

    private Tried ask(Session session, int ordinal, Candidate candidate) {
        UUID tag = ids.next();
        Instant now = clock.instant();
        try {
            boolean ours = database.inTransaction(tx -> intend(tx, session, tag, ordinal, candidate, now));
            if (ours) {
                launch(session.id(), tag, candidate);
            }
            return new Tried.Asked();
        } catch (ApiException e) {
            // The next candidate costs more than was reserved, and the balance does not cover it.
            return new Tried.Nothing("The next machine that fits costs %s an hour: %s"
                    .formatted(candidate.hourlyRate(), e.getMessage()));
        }
    }

    private boolean intend(Transaction tx, Session session, UUID tag, int ordinal, Candidate candidate, Instant now) {
        if (!sessions.touch(tx, session)) {
            return false;
        }
        attempts.intend(tx, tag, session.id(), ordinal, candidate, now);
        reconciler.lane(tx, SessionSteps.KIND, session.id(), candidate.offer().provider());
        billing.reprice(
                tx,
                session.id(),
                new Billing.Terms(
                        candidate.offer().provider(),
                        candidate.gpu().family(),
                        candidate.gpuCount(),
                        candidate.hourlyRate(),
                        candidate.hourlyCost(),
                        "%s: %d × %s at %s"
                                .formatted(
                                        session.wanted().name(),
                                        candidate.gpuCount(),
                                        candidate.gpu().name(),
                                        candidate.offer().provider())),
                now);
        String message = "Asking %s at %s for %d × %s at %s an hour"
                .formatted(
                        candidate.offer().provider(),
                        candidate.offer().location(),
                        candidate.gpuCount(),
                        candidate.gpu().name(),
                        candidate.hourlyRate());
        sessions.addEvent(tx, session.id(), now, "attempt", session.state(), session.operation(), message);
        return true;
    }

    private void launch(UUID sessionId, UUID tag, Candidate candidate) {
        Provider provider = providers.provider(candidate.offer().provider()).orElseThrow();
        try {
            Machine machine = provider.launch(
                    new LaunchRequest(tag, sessionId, candidate.offer(), volumes.attachments(sessionId)));
            if (machine.state() == MachineState.RUNNING) {
                adopt(sessionId, machine);
            } else {
                resolve(sessionId, tag, Attempt.Status.UNKNOWN, "The machine is starting");
            }
        } catch (ProviderFailure.Unavailable e) {
            resolve(
                    sessionId,
                    tag,
                    Attempt.Status.UNKNOWN,
                    "No clear answer, looking for the machine: " + e.getMessage());
        } catch (ProviderFailure.NoCapacity e) {
            market.coolDown(candidate.offer(), COOL_DOWN);
            resolve(sessionId, tag, Attempt.Status.REFUSED, "No capacity: " + e.getMessage());
        } catch (ProviderFailure.QuotaExceeded
                | ProviderFailure.InsufficientFunds
                | ProviderFailure.InvalidRequest
                | ProviderFailure.RateLimited
                | ProviderFailure.Unauthorized e) {
            resolve(sessionId, tag, Attempt.Status.REFUSED, "Refused: " + e.getMessage());
        }
    }

    /** A launch of this session made this machine. */
    void adopt(UUID sessionId, Machine machine) {
        Instant now = clock.instant();
        database.useTransaction(tx -> {
            Session session = new SessionReadStore().find(tx, sessionId).orElseThrow();
            Attempt attempt = session.attempt();
            if (attempt == null || !attempt.id().equals(machine.tag()) || session.state() != SessionState.SUBMITTED) {
                return;
            }
            if (!attempt.mayExist() || attempt.destroyAskedAt() != null) {
                return;
            }
            if (session.result() != null || !sessions.provisioned(tx, session, attempt, machine.launchedAt(), now)) {
                return;
            }
            attempts.launched(tx, attempt.id(), machine, now);
            sessions.addEvent(
                    tx,
                    sessionId,
                    now,
                    "state",
                    SessionState.PROVISIONED,
                    Operation.SETTING_UP,
                    "Got a machine from %s at %s".formatted(attempt.provider(), attempt.location()));
        });
    }

    /** What became of a launch, when it gave no machine that we can use now. */
    void resolve(UUID sessionId, UUID tag, Attempt.Status status, String message) {
        Instant now = clock.instant();
        database.useTransaction(tx -> {
            attempts.status(tx, tag, status, message);
            sessions.addEvent(tx, sessionId, now, "attempt", SessionState.SUBMITTED, Operation.PROVISIONING, message);
        });
    }

    private static String key(Candidate candidate) {
        return candidate.offer().provider() + "|" + candidate.offer().location() + "|"
                + candidate.offer().reference();
    }
}
