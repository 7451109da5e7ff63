package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.identity.SshKeys.PublicKey;
import com.mimiry.identity.SshKeys.SshKey;
import com.mimiry.platform.Database;
import com.mimiry.platform.Ids;
import com.mimiry.platform.Transaction;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes users, each with a personal organization, and registers their keys. */
@Singleton
class Accounts {
    private static final Pattern EMAIL = Pattern.compile("[^\\s@\\p{Cntrl}]{1,64}@[^\\s@\\p{Cntrl}]{1,189}");
    private static final Pattern USERNAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");
    private static final int TITLE_LENGTH_MAX = 100;

    private final UserStore users = new UserStore();
    private final SshKeyStore keys = new SshKeyStore();
    private final OrganizationStore organizations = new OrganizationStore();
    private final AuditLog audit = new AuditLog();
    private final Database database;
    private final Clock clock;
    private final Ids ids;

    Accounts(Database database, Clock clock, Ids ids) {
        this.database = database;
        this.clock = clock;
        this.ids = ids;
    }

    /**
     * @param username null = made from the address
     * @throws ApiException 422 naming what is not valid; 409 where the address or name is taken, whatever its case
     */
    User create(Actor actor, String email, @Nullable String username) {
        String address = email.strip();
        if (!EMAIL.matcher(address).matches()) {
            throw ApiException.invalidField("email", "email must be an address such as ada@example.org.");
        }
        String wanted = username == null ? null : username.strip().toLowerCase(Locale.ROOT);
        if (wanted != null && !USERNAME.matcher(wanted).matches()) {
            throw ApiException.invalidField(
                    "username",
                    "username must have 1 to 63 of a-z, 0-9, '.', '_', '-', and start with a letter or digit.");
        }
        return database.inTransaction(tx -> create(tx, actor, address, wanted));
    }

    private User create(Transaction tx, Actor actor, String email, @Nullable String wanted) {
        // One sign-up at a time, so that the checks below hold until the commit.
        users.lock(tx);
        if (users.emailTaken(tx, email)) {
            throw new ApiException(ErrorCode.CONFLICT, "There is a user with the address " + email + " already.");
        }
        if (wanted != null && users.usernameTaken(tx, wanted)) {
            throw new ApiException(ErrorCode.CONFLICT, "The username " + wanted + " is taken; choose another.");
        }
        String username = wanted == null ? freeUsername(tx, email) : wanted;
        Instant now = clock.instant();
        User user = new User(ids.next(), email, username, true, false, now);
        users.insert(tx, user);
        Organization personal = new Organization(
                ids.next(), username, freeSlug(tx, username), user.id(), false, false, now, now, null, null, null);
        organizations.insert(tx, personal);
        organizations.addMember(tx, personal.id(), user.id(), Role.OWNER, now);
        audit.record(
                tx,
                now,
                actor,
                "user.create",
                user.id().toString(),
                personal.id(),
                null,
                Map.of("email", email, "username", username));
        return user;
    }

    /**
     * @param title null or blank = the key's own comment, or its type
     * @throws ApiException 422 naming {@code public_key}; 409 where the key is registered already
     */
    SshKey addKey(Actor actor, UUID userId, @Nullable String publicKeyLine, @Nullable String title) {
        PublicKey parsed = RegisteredSshKeys.parsed(publicKeyLine, "public_key");
        SshKey key = new SshKey(ids.next(), userId, title(title, publicKeyLine, parsed), parsed);
        Instant now = clock.instant();
        database.useTransaction(tx -> {
            if (keys.ofUser(tx, userId).size() >= SshKeyStore.KEYS_PER_USER_MAX) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "There are " + SshKeyStore.KEYS_PER_USER_MAX + " keys already; delete one first.");
            }
            if (!keys.insert(tx, key, now)) {
                throw new ApiException(
                        ErrorCode.CONFLICT,
                        "This key is registered already.",
                        Map.of("fingerprint", parsed.fingerprint()));
            }
            audit.record(tx, now, actor, "ssh_key.add", key.id().toString(), null, null, shown(key));
        });
        return key;
    }

    /**
     * Its tokens fail from now on.
     *
     * @throws ApiException 404 where the user has no such key
     */
    void deleteKey(Actor actor, UUID userId, UUID keyId) {
        database.useTransaction(tx -> {
            SshKey key = keys.byId(tx, userId, keyId).orElseThrow(() -> noSuchKey());
            keys.delete(tx, userId, keyId);
            audit.record(tx, clock.instant(), actor, "ssh_key.delete", keyId.toString(), null, shown(key), null);
        });
    }

    private static ApiException noSuchKey() {
        return new ApiException(ErrorCode.NOT_FOUND, "You have no such SSH key.");
    }

    private static Map<String, ?> shown(SshKey key) {
        return Map.of(
                "user_id",
                key.userId(),
                "title",
                key.title(),
                "fingerprint",
                key.key().fingerprint());
    }

    private static String title(@Nullable String title, @Nullable String line, PublicKey key) {
        String[] words = String.valueOf(line).strip().split("\\s+", 3);
        String comment = words.length > 2 ? words[2] : key.type();
        String chosen = title == null || title.isBlank() ? comment : title;
        String clean = chosen.replaceAll("\\p{Cntrl}", " ").strip();
        return clean.codePointCount(0, clean.length()) <= TITLE_LENGTH_MAX
                ? clean
                : clean.substring(0, clean.offsetByCodePoints(0, TITLE_LENGTH_MAX));
    }

    private String freeUsername(Transaction tx, String email) {
        String local = email.substring(0, email.indexOf('@')).toLowerCase(Locale.ROOT);
        String clean = local.replaceAll("[^a-z0-9._-]", "-").replaceAll("^[._-]+", "");
        String base = clean.isEmpty() ? "user" : clean.substring(0, Math.min(clean.length(), 50));
        String candidate = base;
        for (int n = 2; users.usernameTaken(tx, candidate); n++) {
            candidate = base + "-" + n;
        }
        return candidate;
    }

    private String freeSlug(Transaction tx, String username) {
        String base = Slugs.from(username);
        String candidate = base;
        for (int n = 2; organizations.slugTaken(tx, candidate); n++) {
            candidate = base + "-" + n;
        }
        return candidate;
    }
}
