package com.mimiry.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.IdempotencyKeys;
import com.mimiry.billing.Billing;
import com.mimiry.catalog.Candidate;
import com.mimiry.catalog.Market;
import com.mimiry.catalog.Ranking;
import com.mimiry.identity.Caller;
import com.mimiry.identity.Organizations;
import com.mimiry.identity.Permission;
import com.mimiry.identity.SshKeys;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Pause;
import com.mimiry.platform.SecretBox;
import com.mimiry.platform.Transaction;
import com.mimiry.providers.Offer;
import com.mimiry.reconcile.Reconciler;
import com.mimiry.volumes.ChosenVolume;
import com.mimiry.volumes.SessionVolumes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What callers can do with sessions: create, look, end. Everything that then happens is in {@link SessionSteps}. */
@Singleton
final class Sessions {
    private static final int ADDRESS_TRIES = 16;
    private static final Duration VOLUME_PATIENCE = Duration.ofSeconds(15);
    private static final Duration VOLUME_POLL = Duration.ofMillis(200);

    private final Database database;
    private final SessionStore store = new SessionStore();
    private final SessionReadStore reads = new SessionReadStore();
    private final SessionDetails details;
    private final SessionRequests requests;
    private final Organizations organizations;
    private final SshKeys sshKeys;
    private final Market market;
    private final Billing billing;
    private final IdempotencyKeys idempotencyKeys;
    private final Reconciler reconciler;
    private final SecretBox secretBox;
    private final SessionVolumes volumes;
    private final Clock clock;
    private final Pause pause;
    private final Ids ids;

    Sessions(
            Database database,
            SessionRequests requests,
            Organizations organizations,
            SshKeys sshKeys,
            Market market,
            Billing billing,
            IdempotencyKeys idempotencyKeys,
            Reconciler reconciler,
            SecretBox secretBox,
            SessionVolumes volumes,
            Clock clock,
            Pause pause,
            Ids ids) {
        this.database = database;
        this.details = new SessionDetails(database, billing, volumes);
        this.requests = requests;
        this.organizations = organizations;
        this.sshKeys = sshKeys;
        this.market = market;
        this.billing = billing;
        this.idempotencyKeys = idempotencyKeys;
        this.reconciler = reconciler;
        this.secretBox = secretBox;
        this.volumes = volumes;
        this.clock = clock;
        this.pause = pause;
        this.ids = ids;
    }

    /**
     * Creates a session and reserves its money, as one.
     *
     * @param idempotencyKey the same key and body give the same session again; null = none
     * @param bodyHash from {@link com.mimiry.api.CurrentRequest#bodyHash()}
     */
    Session create(Caller caller, JsonNode body, @Nullable String idempotencyKey, String bodyHash) {
        NewSession request = requests.parse(body);
        UUID organization = organizations.resolve(caller, request.organization(), Permission.SESSIONS_WRITE);
        Optional<UUID> before = made(caller, idempotencyKey, bodyHash);
        if (before.isPresent()) {
            return reload(before.get());
        }
        try {
            return make(caller, organization, request, idempotencyKey, bodyHash);
        } catch (ApiException e) {
            // A repeat that was sent before the first was answered: the first may have got what this one was refused.
            return reload(made(caller, idempotencyKey, bodyHash).orElseThrow(() -> e));
        }
    }

    private Optional<UUID> made(Caller caller, @Nullable String idempotencyKey, String bodyHash) {
        return idempotencyKey == null
                ? Optional.empty()
                : database.read(tx ->
                        idempotencyKeys.created(tx, caller.userId(), SessionsResource.PATH, idempotencyKey, bodyHash));
    }

    private Session make(
            Caller caller, UUID organization, NewSession request, @Nullable String idempotencyKey, String bodyHash) {
        List<ChosenVolume> chosen = chosen(caller, organization, request);
        Candidate expected = candidates(request, chosen).candidates().getFirst();
        Session session = newSession(caller, organization, request, expected);
        byte[] sealed = request.secrets().seal(secretBox, session.id());
        UUID id = onceFree(tx -> {
            if (idempotencyKey != null) {
                Optional<UUID> existing = idempotencyKeys.claim(
                        tx, caller.userId(), SessionsResource.PATH, idempotencyKey, bodyHash, session.id());
                if (existing.isPresent()) {
                    return existing.get();
                }
            }
            volumes.attach(tx, session.id(), chosen, session.times().createdAt());
            billing.reserve(tx, meter(session, expected), session.times().createdAt());
            insert(tx, session, sealed);
            reconciler.begin(tx, SessionSteps.KIND, session.id());
            return session.id();
        });
        reconciler.wake(SessionSteps.KIND, id);
        return database.read(tx -> reads.find(tx, id)).orElseThrow();
    }

    /**
     * A volume comes free some seconds after its session's command has ended, when the machine is proven gone. A script that
     * runs one session after the other on a volume is not refused for that: where its holder is ending, it is waited for.
     */
    private UUID onceFree(Function<Transaction, UUID> create) {
        Instant giveUp = clock.instant().plus(VOLUME_PATIENCE);
        while (true) {
            try {
                return database.inTransaction(create);
            } catch (ApiException e) {
                boolean soon = e.code() == ErrorCode.VOLUME_IN_USE
                        && e.details().get("attached_to") instanceof UUID holder
                        && isEnding(holder)
                        && clock.instant().isBefore(giveUp);
                if (!soon) {
                    throw e;
                }
            }
            pause.of(VOLUME_POLL);
        }
    }

    private boolean isEnding(UUID id) {
        return database.read(tx -> reads.find(tx, id))
                .filter(session -> session.result() != null || session.endRequest() != null)
                .isPresent();
    }

    private void insert(Transaction tx, Session session, byte[] sealed) {
        Session attempt = session;
        for (int i = 0; i < ADDRESS_TRIES; i++) {
            if (store.insert(tx, attempt, sealed)) {
                store.addEvent(
                        tx,
                        session.id(),
                        session.times().createdAt(),
                        "state",
                        SessionState.SUBMITTED,
                        Operation.PROVISIONING,
                        "The session was accepted");
                return;
            }
            attempt = session.withAddress(SessionAddress.of(ids.next()));
        }
        throw new ApiException(ErrorCode.UNAVAILABLE, "No address is free for another session; end one and try again.");
    }

    /**
     * @param order in words, how they are ordered
     * @param nothingFree why none can be had now; null where one can
     */
    record Choices(String order, @Nullable String nothingFree, List<Choice> candidates) {}

    /** @param cooling whether it has just failed */
    record Choice(Candidate candidate, boolean cooling) {}

    /** What would be tried, best first, without doing it. */
    Choices choices(Caller caller, JsonNode body) {
        NewSession request = requests.parse(body);
        UUID organization = organizations.resolve(caller, request.organization(), Permission.SESSIONS_WRITE);
        Fitting fitting = candidates(request, chosen(caller, organization, request));
        Predicate<Offer> cooling = market.cooling();
        List<Choice> choices = fitting.candidates().stream()
                .map(candidate -> new Choice(candidate, cooling.test(candidate.offer())))
                .toList();
        return new Choices(request.gpu().order(), fitting.nothingFree(), choices);
    }

    /** Whoever runs a command where a volume is can do everything with what is on it. */
    private List<ChosenVolume> chosen(Caller caller, UUID organization, NewSession request) {
        if (request.mounts().isEmpty()) {
            return List.of();
        }
        organizations.require(caller, organization, Permission.VOLUMES_WRITE);
        return volumes.choose(organization, request.mounts());
    }

    /** @param nothingFree null where the first can be had now */
    private record Fitting(
            List<Candidate> candidates, @Nullable String nothingFree) {}

    private Fitting candidates(NewSession request, List<ChosenVolume> chosen) {
        return switch (market.rank(request.gpu(), volumes.requirement(chosen))) {
            case Ranking.Ranked(List<Candidate> candidates) -> new Fitting(candidates, null);
            case Ranking.NothingFree(List<Candidate> fitting, String message) -> {
                if (fitting.isEmpty()) {
                    throw new ApiException(ErrorCode.NO_MATCHING_OFFER, message);
                }
                yield new Fitting(fitting, message);
            }
            case Ranking.Impossible(String filter, String message) ->
                throw new ApiException(ErrorCode.NO_MATCHING_OFFER, message, Map.of("filter", filter, "field", filter));
        };
    }

    private Session newSession(Caller caller, UUID organization, NewSession request, Candidate expected) {
        UUID id = ids.next();
        Instant now = clock.instant();
        String fingerprint = fingerprint(caller, request);
        Session.Wanted wanted = new Session.Wanted(
                request.name(),
                request.image(),
                request.gpuJson(),
                request.command(),
                request.environmentMasked(),
                request.autoTerminate(),
                request.sshEnabled(),
                fingerprint,
                fingerprint != null && sshKeys.byFingerprint(fingerprint).isPresent(),
                request.maxDuration(),
                request.maxCost(),
                ids.next().toString(),
                SessionAddress.of(id));
        return new Session(
                id,
                1,
                organization,
                caller.userId(),
                wanted,
                new Session.Placement(
                        null, request.gpu().count(), null, null, expected.hourlyRate(), Placement.key(expected)),
                SessionState.SUBMITTED,
                Operation.PROVISIONING,
                now,
                null,
                null,
                null,
                new Session.Times(now, now, null, null, null, null, null, null, null),
                null);
    }

    private @Nullable String fingerprint(Caller caller, NewSession request) {
        if (request.sshPublicKey() != null && !request.sshPublicKey().isBlank()) {
            return sshKeys.parse(request.sshPublicKey(), "ssh_public_key").fingerprint();
        }
        if (request.sshKeyId() != null) {
            return sshKeys.byId(caller.userId(), request.sshKeyId())
                    .orElseThrow(() -> ApiException.invalidField(
                            "ssh_key_id", "ssh_key_id names none of your keys; GET /api/v1/ssh-keys lists them."))
                    .key()
                    .fingerprint();
        }
        return caller.sshFingerprint();
    }

    private static Billing.Meter meter(Session session, Candidate expected) {
        return new Billing.Meter(
                session.id(),
                "session",
                session.organizationId(),
                session.userId(),
                expected.hourlyRate(),
                expected.hourlyCost(),
                expected.offer().provider(),
                expected.gpu().family(),
                expected.gpuCount(),
                session.wanted().maxCost(),
                session.wanted().name());
    }

    /**
     * @param tail how many events, at most
     * @throws ApiException 404 where it is not the caller's to see
     */
    SessionDetail detail(Caller caller, UUID id, int tail) {
        SessionDetail detail = details.find(id, tail).orElseThrow(() -> notFound(id));
        check(caller, detail.session(), Permission.SESSIONS_READ);
        return detail;
    }

    /** As {@link #detail(Caller, UUID, int)}, of a session that the caller has been allowed to see before. */
    SessionDetail detail(UUID id, int tail) {
        return details.find(id, tail).orElseThrow(() -> notFound(id));
    }

    /** @throws ApiException 404 where it is not the caller's to see */
    Session get(Caller caller, UUID id) {
        return find(caller, id, Permission.SESSIONS_READ);
    }

    private Session find(Caller caller, UUID id, Permission permission) {
        Session session = database.read(tx -> reads.find(tx, id)).orElseThrow(() -> notFound(id));
        check(caller, session, permission);
        return session;
    }

    private void check(Caller caller, Session session, Permission permission) {
        try {
            organizations.require(caller, session.organizationId(), permission);
        } catch (ApiException e) {
            throw e.code() == ErrorCode.NOT_FOUND ? notFound(session.id()) : e;
        }
    }

    private static ApiException notFound(UUID id) {
        return new ApiException(ErrorCode.NOT_FOUND, "No session has the id %s.".formatted(id));
    }

    /** A session that the caller has been allowed to see before. */
    Session reload(UUID id) {
        return database.read(tx -> reads.find(tx, id)).orElseThrow();
    }

    List<SessionEvent> eventsAfter(UUID id, long seq) {
        return database.read(tx -> reads.eventsAfter(tx, id, seq));
    }

    record Listed(List<Session> sessions, long total) {}

    Listed list(SessionFilter filter) {
        return database.read(tx -> new Listed(reads.list(tx, filter), reads.count(tx, filter)));
    }

    /** @param first whether this was the first time that its end was asked for */
    record Deleted(Session session, boolean first) {}

    /** Asks for a session's end, in whatever state it is. */
    Deleted delete(Caller caller, UUID id) {
        Session session = find(caller, id, Permission.SESSIONS_WRITE);
        while (session.times().deleteRequestedAt() == null) {
            Session current = session;
            Instant now = clock.instant();
            boolean asked = database.inTransaction(tx -> delete(tx, current, now));
            if (asked) {
                reconciler.wake(SessionSteps.KIND, id);
                return new Deleted(get(caller, id), true);
            }
            session = get(caller, id);
        }
        return new Deleted(session, false);
    }

    private boolean delete(Transaction tx, Session session, Instant now) {
        if (!store.deleteRequested(tx, session, now)) {
            return false;
        }
        store.addEvent(tx, session.id(), now, "delete", session.state(), session.operation(), "Its end was asked for");
        // A failed session at rest has no steps left; this one moves it to terminated.
        reconciler.begin(tx, SessionSteps.KIND, session.id());
        if (session.attempt() != null) {
            reconciler.lane(
                    tx, SessionSteps.KIND, session.id(), session.attempt().provider());
        }
        return true;
    }
}
