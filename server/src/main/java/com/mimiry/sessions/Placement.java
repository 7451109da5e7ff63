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
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Gets a session a machine: one candidate after another, each with its intent committed before the provider is asked. */
@Singleton
final class Placement {
    private static final Duration COOL_DOWN = Duration.ofSeconds(30);
    /** For a provider that refuses our account: somebody has to do something about that. */
    private static final Duration ACCOUNT_COOL_DOWN = Duration.ofMinutes(1);
    /** For a provider that is asked too often and does not say when it may be asked again. */
    private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

    private static final Duration SOON = Duration.ofMillis(200);

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
    /** Until when providers are not asked since they want to be asked less often; each replica's own. */
    private final ConcurrentMap<String, Instant> quiet = new ConcurrentHashMap<>();

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

        /** The next candidate's provider has as many steps of ours under way as it may have, or wants to be left alone for a while. */
        record Later(Duration pause) implements Tried {}

        /** There is none. */
        record Nothing(String why) implements Tried {}
    }

    /** Tries the next candidate. */
    Tried tryNext(Session session) {
        GpuRequest request = requests.gpu(session.wanted().gpuRequest());
        List<AttemptStore.Tried> tried = database.read(tx -> attempts.tried(tx, session.id()));
        long spent = tried.stream()
                .filter(each -> each.spends() == Spends.ATTEMPT || each.spends() == Spends.TRY)
                .count();
        if (spent >= request.maxAttempts()) {
            return new Tried.Nothing("No machine could be had in %d attempts; the events tell what each provider said."
                    .formatted(request.maxAttempts()));
        }
        return switch (market.rank(request, volumes.requirement(volumes.of(session.id())))) {
            case Ranking.Impossible(String _, String message) -> new Tried.Nothing(message);
            case Ranking.NothingFree(List<Candidate> _, String message) -> new Tried.Nothing(message);
            case Ranking.Ranked(List<Candidate> candidates) -> tryFirst(session, tried, candidates);
        };
    }

    private Tried tryFirst(Session session, List<AttemptStore.Tried> tried, List<Candidate> candidates) {
        List<Candidate> untried = candidates.stream()
                .map(candidate -> asQuoted(session, candidate))
                .filter(candidate -> tried.stream().noneMatch(each -> excludes(each, candidate)))
                .toList();
        if (untried.isEmpty()) {
            return new Tried.Nothing(
                    "Every machine that fits has been tried; the events tell what each provider said.");
        }
        Instant now = clock.instant();
        Optional<Candidate> first = untried.stream()
                .filter(candidate -> !now.isBefore(quietUntil(candidate.offer().provider())))
                .findFirst();
        if (first.isEmpty()) {
            Instant next = untried.stream()
                    .map(candidate -> quietUntil(candidate.offer().provider()))
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
            return new Tried.Later(Duration.between(now, next).plus(SOON));
        }
        String provider = first.get().offer().provider();
        Lanes.Pass pass = lanes.enter(provider).orElse(null);
        if (pass == null) {
            return new Tried.Later(lanes.pause(provider));
        }
        try (pass) {
            return ask(session, first.get());
        }
    }

    private static boolean excludes(AttemptStore.Tried tried, Candidate candidate) {
        return switch (tried.spends()) {
            case ATTEMPT, CANDIDATE -> tried.key().equals(key(candidate));
            // What costs as much or more need not be asked about: the balance does not cover it either.
            case DEARER -> candidate.hourlyRate().compareTo(tried.hourlyRate()) >= 0;
            case PROVIDER -> tried.provider().equals(candidate.offer().provider());
            case TRY, NOTHING -> false;
        };
    }

    /** The offer that was shown when the session was created keeps its price, whatever it costs by now. */
    private static Candidate asQuoted(Session session, Candidate candidate) {
        return key(candidate).equals(session.placement().quoted())
                ? candidate.at(session.placement().hourlyRate())
                : candidate;
    }

    private Instant quietUntil(String provider) {
        Instant asked = quiet.getOrDefault(provider, Instant.MIN);
        Instant circuit =
                providers.provider(provider).flatMap(Provider::leftAloneUntil).orElse(Instant.MIN);
        return circuit.isAfter(asked) ? circuit : asked;
    }

    private Tried ask(Session session, Candidate candidate) {
        UUID tag = ids.next();
        Instant now = clock.instant();
        try {
            boolean ours = database.inTransaction(tx -> intend(tx, session, tag, candidate, now));
            if (ours) {
                launch(session.id(), tag, candidate);
            }
            return new Tried.Asked();
        } catch (ApiException e) {
            return switch (e.code()) {
                case INSUFFICIENT_BALANCE, NO_BALANCE, SPEND_LIMIT_REACHED ->
                    notAsked(session, tag, candidate, Spends.DEARER, e);
                case QUOTA_EXCEEDED -> notAsked(session, tag, candidate, Spends.CANDIDATE, e);
                // The organization is suspended since this step looked, and the next look ends the session for that.
                case FORBIDDEN -> new Tried.Later(SOON);
                default -> throw e;
            };
        }
    }

    /** Its terms are others than what was reserved, and the organization may not have them. */
    private Tried notAsked(Session session, UUID tag, Candidate candidate, Spends spends, ApiException refusal) {
        Instant now = clock.instant();
        String message = "Not asked: %s at %s costs %s an hour. %s"
                .formatted(
                        candidate.offer().provider(),
                        candidate.offer().location(),
                        candidate.hourlyRate(),
                        refusal.getMessage());
        database.useTransaction(tx -> {
            if (sessions.touch(tx, session)) {
                attempts.intend(tx, tag, session.id(), ordinal(session), candidate, now);
                attempts.status(tx, tag, Attempt.Status.REFUSED, message);
                attempts.spends(tx, tag, spends);
                sessions.addEvent(tx, session.id(), now, "attempt", session.state(), session.operation(), message);
            }
        });
        return new Tried.Asked();
    }

    private static int ordinal(Session session) {
        return session.attempt() == null ? 1 : session.attempt().ordinal() + 1;
    }

    private boolean intend(Transaction tx, Session session, UUID tag, Candidate candidate, Instant now) {
        if (!sessions.touch(tx, session)) {
            return false;
        }
        attempts.intend(tx, tag, session.id(), ordinal(session), candidate, now);
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
            database.useTransaction(tx -> {
                resolve(tx, sessionId, tag, Attempt.Status.REFUSED, "No capacity: " + e.getMessage());
                market.coolDown(tx, candidate.offer(), COOL_DOWN);
            });
        } catch (ProviderFailure.InvalidRequest e) {
            resolve(sessionId, tag, Attempt.Status.REFUSED, "Refused: " + e.getMessage());
        } catch (ProviderFailure.QuotaExceeded | ProviderFailure.InsufficientFunds | ProviderFailure.Unauthorized e) {
            String message = "%s refuses this server's account: %s"
                    .formatted(candidate.offer().provider(), e.getMessage());
            database.useTransaction(tx -> {
                refused(tx, sessionId, tag, Spends.PROVIDER, message);
                market.coolDown(tx, candidate.offer().provider(), ACCOUNT_COOL_DOWN);
            });
        } catch (ProviderFailure.RateLimited e) {
            Duration wait = Objects.requireNonNullElse(e.retryAfter(), ASK_AGAIN);
            quiet.put(candidate.offer().provider(), clock.instant().plus(wait));
            String message = "Asked too often, later again: " + e.getMessage();
            database.useTransaction(tx -> refused(tx, sessionId, tag, Spends.NOTHING, message));
        }
    }

    private void refused(Transaction tx, UUID sessionId, UUID tag, Spends spends, String message) {
        attempts.spends(tx, tag, spends);
        resolve(tx, sessionId, tag, Attempt.Status.REFUSED, message);
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

    /** @return false where the session has moved on */
    boolean giveUp(Session session, Attempt attempt, Spends spends, String why) {
        Instant now = clock.instant();
        return database.inTransaction(tx -> {
            if (!sessions.touch(tx, session)) {
                return false;
            }
            attempts.givenUp(tx, attempt.id(), now, spends, why);
            String message = why + " It is given up; the next one is tried when nothing of it is left.";
            sessions.addEvent(tx, session.id(), now, "attempt", session.state(), session.operation(), message);
            market.coolDown(
                    tx,
                    attempt.provider(),
                    attempt.location(),
                    attempt.reference(),
                    session.placement().gpuCount(),
                    COOL_DOWN);
            return true;
        });
    }

    /** What became of a launch, when it gave no machine that we can use now. */
    void resolve(UUID sessionId, UUID tag, Attempt.Status status, String message) {
        database.useTransaction(tx -> resolve(tx, sessionId, tag, status, message));
    }

    private void resolve(Transaction tx, UUID sessionId, UUID tag, Attempt.Status status, String message) {
        attempts.status(tx, tag, status, message);
        Instant now = clock.instant();
        sessions.addEvent(tx, sessionId, now, "attempt", SessionState.SUBMITTED, Operation.PROVISIONING, message);
    }

    static String key(Candidate candidate) {
        return candidate.offer().provider() + "|" + candidate.offer().location() + "|"
                + candidate.offer().reference();
    }
}
