package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.Page;
import com.mimiry.identity.SshKeys.SshKey;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What the admin command line does to users and organizations; needs nothing but the database. */
public final class IdentityAdmin {
    private static final int LIST_MAX = 10_000;

    private final UserStore users = new UserStore();
    private final SshKeyStore keys = new SshKeyStore();
    private final OrganizationStore organizations = new OrganizationStore();
    private final AuditLog audit = new AuditLog();
    private final Database database;
    private final Clock clock;
    private final Accounts accounts;
    private final OrganizationChanges changes;

    public IdentityAdmin(Database database, Clock clock, Ids ids, OrganizationSuspended... onSuspension) {
        this.database = database;
        this.clock = clock;
        this.accounts = new Accounts(database, clock, ids);
        this.changes = new OrganizationChanges(database, clock, ids, List.of(), List.of(onSuspension));
    }

    /**
     * A user with everything that was made along.
     *
     * @param key null where none was given
     */
    public record AddedUser(
            User user,
            Organization personalOrganization,
            @Nullable SshKey key) {}

    /**
     * Makes a user with a personal organization, and registers a key.
     *
     * @param username null = made from the address
     * @param publicKeyLine the content of a {@code .pub} file; null = no key yet
     * @throws ApiException 422 naming what is not valid, 409 where address, name or key is taken; then nothing is made
     */
    public AddedUser addUser(String email, @Nullable String username, @Nullable String publicKeyLine) {
        if (publicKeyLine != null) {
            String fingerprint =
                    RegisteredSshKeys.parsed(publicKeyLine, "public_key").fingerprint();
            if (database.read(tx -> keys.registered(tx, fingerprint))) {
                throw new ApiException(
                        ErrorCode.CONFLICT, "This key is registered already.", Map.of("fingerprint", fingerprint));
            }
        }
        User user = accounts.create(Actor.COMMAND_LINE, email, username);
        SshKey key = publicKeyLine == null ? null : accounts.addKey(Actor.COMMAND_LINE, user.id(), publicKeyLine, null);
        Organization personal = database.read(tx -> organizations.ofUser(tx, user.id()))
                .getFirst()
                .organization();
        return new AddedUser(user, personal, key);
    }

    /** Oldest first. */
    public List<User> listUsers() {
        return database.read(tx -> users.list(tx, LIST_MAX, 0));
    }

    /**
     * The user with this id, e-mail address or username, whatever its case.
     *
     * @throws ApiException 404 where there is none
     */
    public User user(String idOrName) {
        return database.read(tx -> users.find(tx, idOrName))
                .orElseThrow(() -> new ApiException(ErrorCode.NOT_FOUND, "There is no user " + idOrName + "."));
    }

    /** A disabled user cannot sign in, and live tokens fail at once. */
    public User setEnabled(String idOrName, boolean enabled) {
        User user = user(idOrName);
        database.useTransaction(tx -> {
            users.setEnabled(tx, user.id(), enabled);
            audit.record(
                    tx,
                    clock.instant(),
                    Actor.COMMAND_LINE,
                    enabled ? "user.enable" : "user.disable",
                    user.id().toString(),
                    null,
                    Map.of("enabled", user.enabled()),
                    Map.of("enabled", enabled));
        });
        return user(user.id().toString());
    }

    /** Whether the user may call the operator's endpoints. */
    public User setOperator(String idOrName, boolean operator) {
        User user = user(idOrName);
        database.useTransaction(tx -> {
            users.setOperator(tx, user.id(), operator);
            audit.record(
                    tx,
                    clock.instant(),
                    Actor.COMMAND_LINE,
                    operator ? "user.make_operator" : "user.unmake_operator",
                    user.id().toString(),
                    null,
                    Map.of("operator", user.operator()),
                    Map.of("operator", operator));
        });
        return user(user.id().toString());
    }

    /**
     * Registers a further key.
     *
     * @param title null = the key's own comment
     */
    public SshKey addKey(String idOrName, String publicKeyLine, @Nullable String title) {
        return accounts.addKey(Actor.COMMAND_LINE, user(idOrName).id(), publicKeyLine, title);
    }

    /** The keys of a user, oldest first. */
    public List<SshKey> keys(String idOrName) {
        UUID userId = user(idOrName).id();
        return database.read(tx -> keys.ofUser(tx, userId)).stream()
                .map(SshKeyStore.Registered::key)
                .toList();
    }

    /** All organizations, oldest first, deleted ones too. */
    public List<Organization> organizations() {
        return database.read(tx -> organizations.list(tx, null, LIST_MAX, 0));
    }

    /** The organizations of a user, the personal one first. */
    public List<Organization> organizationsOf(String idOrName) {
        UUID userId = user(idOrName).id();
        return database.read(tx -> organizations.ofUser(tx, userId)).stream()
                .map(OrganizationStore.Membership::organization)
                .toList();
    }

    /**
     * A change by hand.
     *
     * @param organizationId where it belongs; null = nowhere
     * @param before as JSON; null = it did not exist
     * @param after as JSON; null = it does not exist any more
     */
    public record Change(
            Instant at,
            String actor,
            String action,
            String subject,
            @Nullable UUID organizationId,
            @Nullable String before,
            @Nullable String after) {}

    /**
     * The audit log of people, keys and organizations, newest first.
     *
     * @param organizationId null = all of it
     */
    public List<Change> audit(@Nullable UUID organizationId, int limit) {
        return database.read(tx -> new AuditStore().list(tx, organizationId, new Page(limit, 0))).stream()
                .map(entry -> new Change(
                        entry.at(),
                        entry.actor(),
                        entry.action(),
                        entry.subject(),
                        entry.organizationId(),
                        entry.before() == null ? null : entry.before().toString(),
                        entry.after() == null ? null : entry.after().toString()))
                .toList();
    }

    /**
     * Suspends an organization, or lifts that; the server notices by itself and ends what runs.
     *
     * @param reason null = not suspended
     */
    public Organization setSuspended(UUID organizationId, @Nullable String reason) {
        return changes.setSuspended(Actor.COMMAND_LINE, organizationId, reason);
    }
}
