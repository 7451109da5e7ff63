package com.mimiry.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.Page;
import com.mimiry.platform.Database;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OrganizationsTest {
    private static final Database database = TestDatabase.create();
    private static int number;

    private final MovableClock clock = new MovableClock();
    private final List<UUID> suspended = new ArrayList<>();
    private final List<String> inUse = new ArrayList<>();
    private final IdentityAdmin admin = new IdentityAdmin(database, clock, UUID::randomUUID);
    private final MemberOrganizations organizations = new MemberOrganizations(database);
    private final OrganizationChanges changes = new OrganizationChanges(
            database, clock, UUID::randomUUID, List.of((tx, id) -> inUse), List.of((tx, id, now) -> {
                if (now) {
                    suspended.add(id);
                } else {
                    suspended.remove(id);
                }
            }));
    private final Members members = new Members(database, clock);
    private final Invitations invitations =
            new Invitations(database, clock, UUID::randomUUID, new TestIdentityConfig());
    private final OrganizationStore store = new OrganizationStore();

    @Test
    void a_new_user_owns_a_personal_organization() {
        Caller ada = user();
        UUID own = organizations.resolve(ada, null, Permission.SESSIONS_WRITE);
        assertThat(organizations.having(ada, Permission.BILLING_WRITE)).containsExactly(own);
        assertThat(organizations.resolve(ada, own.toString(), Permission.SESSIONS_WRITE))
                .isEqualTo(own);
        assertThat(organizations.resolve(ada, ada.username(), Permission.SESSIONS_WRITE))
                .isEqualTo(own);
        assertRefused(ErrorCode.CONFLICT, () -> changes.delete(ada, own));
        assertRefused(ErrorCode.CONFLICT, () -> members.remove(ada, own, ada.userId()));
    }

    @Test
    void email_and_username_are_unique_whatever_their_case() {
        admin.addUser("Grace@Example.org", "grace", null);
        assertRefused(ErrorCode.CONFLICT, () -> admin.addUser("grace@EXAMPLE.org", null, null));
        assertRefused(ErrorCode.CONFLICT, () -> admin.addUser("other@example.org", "GRACE", null));
        assertThat(admin.addUser("grace@other.org", null, null).user().username())
                .isEqualTo("grace-2");
        assertRefused(ErrorCode.INVALID_FIELD, () -> admin.addUser("nobody", null, null));
        assertRefused(ErrorCode.INVALID_FIELD, () -> admin.addUser("a@b.c", "bad name", null));
    }

    @Test
    void another_organization_is_not_there() {
        Caller ada = user();
        Caller eve = user();
        UUID shared = shared(ada).id();
        assertRefused(ErrorCode.NOT_FOUND, () -> organizations.require(eve, shared, Permission.SESSIONS_READ));
        assertRefused(
                ErrorCode.NOT_FOUND, () -> organizations.resolve(eve, shared.toString(), Permission.SESSIONS_READ));
        assertRefused(ErrorCode.NOT_FOUND, () -> changes.change(eve, shared, wish("mine")));
        assertRefused(ErrorCode.NOT_FOUND, () -> changes.delete(eve, shared));
        assertRefused(ErrorCode.NOT_FOUND, () -> members.remove(eve, shared, ada.userId()));
        assertRefused(ErrorCode.NOT_FOUND, () -> invitations.invite(eve, shared, "x@y.z", Role.MEMBER));
    }

    @ParameterizedTest
    @CsvSource({
        "OWNER,   true, true, true, true, true, true, true",
        "ADMIN,   true, true, true, true, true, true, true",
        "MEMBER,  true, true, true, false, true, false, false",
        "BILLING, false, false, true, true, true, false, false",
        "VIEWER,  true, false, true, false, true, false, false"
    })
    void roles_permit_what_the_table_says(
            Role role,
            boolean see,
            boolean run,
            boolean money,
            boolean pay,
            boolean look,
            boolean change,
            boolean people) {
        Map<Permission, Boolean> expected = new EnumMap<>(Permission.class);
        expected.put(Permission.SESSIONS_READ, see);
        expected.put(Permission.SESSIONS_WRITE, run);
        expected.put(Permission.BILLING_READ, money);
        expected.put(Permission.BILLING_WRITE, pay);
        expected.put(Permission.ORGANIZATION_READ, look);
        expected.put(Permission.ORGANIZATION_WRITE, change);
        expected.put(Permission.MEMBERS_WRITE, people);
        Caller owner = user();
        UUID shared = shared(owner).id();
        Caller member = joined(owner, shared, role);
        expected.forEach((permission, allowed) -> {
            ThrowingCallable call = () -> organizations.require(member, shared, permission);
            assertThat(codeOf(call)).as(role + " " + permission).isEqualTo(allowed ? null : ErrorCode.FORBIDDEN);
            assertThat(organizations.having(member, permission).contains(shared))
                    .isEqualTo(allowed);
        });
        assertRefused(ErrorCode.FORBIDDEN, () -> organizations.require(member, shared, Permission.OPERATOR));
    }

    @Test
    void a_scope_limits_what_the_role_permits() {
        Caller owner = user();
        UUID own = organizations.resolve(owner, null, Permission.SESSIONS_READ);
        Caller key = new Caller(
                owner.userId(),
                owner.email(),
                owner.username(),
                null,
                null,
                true,
                Set.of("sessions:read"),
                java.util.Map.of());
        organizations.require(key, own, Permission.SESSIONS_READ);
        assertRefused(ErrorCode.FORBIDDEN, () -> organizations.require(key, own, Permission.SESSIONS_WRITE));
        assertThat(organizations.having(key, Permission.BILLING_READ)).isEmpty();
    }

    @Test
    void an_invitation_lets_its_address_in_once() {
        Caller owner = user();
        Caller guest = user();
        UUID shared = shared(owner).id();
        var made = invitations.invite(owner, shared, guest.email().toUpperCase(java.util.Locale.ROOT), Role.VIEWER);
        assertRefused(
                ErrorCode.FORBIDDEN,
                () -> invitations.accept(user(), made.token().reveal()));
        invitations.accept(guest, made.token().reveal());
        assertThat(organizations.having(guest, Permission.SESSIONS_READ)).contains(shared);
        assertRefused(
                ErrorCode.INVALID_STATE,
                () -> invitations.accept(guest, made.token().reveal()));
        assertRefused(ErrorCode.CONFLICT, () -> invitations.invite(owner, shared, guest.email(), Role.MEMBER));
        assertRefused(ErrorCode.NOT_FOUND, () -> invitations.accept(guest, "made-up"));
    }

    @Test
    void an_invitation_runs_out_is_replaced_or_declined() {
        Caller owner = user();
        Caller guest = user();
        UUID shared = shared(owner).id();
        var first = invitations.invite(owner, shared, guest.email(), Role.MEMBER);
        var second = invitations.invite(owner, shared, guest.email(), Role.MEMBER);
        assertRefused(
                ErrorCode.INVALID_STATE,
                () -> invitations.accept(guest, first.token().reveal()));
        clock.advance(Duration.ofDays(7));
        assertThat(invitations.state(second.invitation())).isEqualTo("expired");
        assertRefused(
                ErrorCode.INVALID_STATE,
                () -> invitations.accept(guest, second.token().reveal()));
        var third = invitations.invite(owner, shared, guest.email(), Role.MEMBER);
        invitations.decline(guest, third.token().reveal());
        assertRefused(
                ErrorCode.INVALID_STATE,
                () -> invitations.accept(guest, third.token().reveal()));
        assertThat(organizations.having(guest, Permission.SESSIONS_READ)).doesNotContain(shared);
    }

    @Test
    void members_invite_only_where_that_is_allowed_and_never_above_themselves() {
        Caller owner = user();
        UUID shared = shared(owner).id();
        Caller member = joined(owner, shared, Role.MEMBER);
        assertRefused(ErrorCode.FORBIDDEN, () -> invitations.invite(member, shared, "x@y.z", Role.MEMBER));
        changes.change(owner, shared, new OrganizationChanges.Wish(null, true, null));
        invitations.invite(member, shared, "x@y.z", Role.MEMBER);
        assertRefused(ErrorCode.FORBIDDEN, () -> invitations.invite(member, shared, "x@y.z", Role.ADMIN));
        Caller viewer = joined(owner, shared, Role.VIEWER);
        assertRefused(ErrorCode.FORBIDDEN, () -> invitations.invite(viewer, shared, "q@y.z", Role.VIEWER));
    }

    @Test
    void only_owners_make_and_unmake_owners_and_one_always_stays() {
        Caller owner = user();
        UUID shared = shared(owner).id();
        Caller administrator = joined(owner, shared, Role.ADMIN);
        Caller member = joined(owner, shared, Role.MEMBER);
        assertRefused(ErrorCode.FORBIDDEN, () -> members.setRole(administrator, shared, member.userId(), Role.OWNER));
        assertRefused(ErrorCode.FORBIDDEN, () -> members.remove(administrator, shared, owner.userId()));
        assertRefused(ErrorCode.FORBIDDEN, () -> invitations.invite(administrator, shared, "o@y.z", Role.OWNER));
        assertRefused(ErrorCode.FORBIDDEN, () -> members.remove(member, shared, administrator.userId()));
        assertRefused(ErrorCode.CONFLICT, () -> members.setRole(owner, shared, owner.userId(), Role.ADMIN));
        assertRefused(ErrorCode.CONFLICT, () -> members.remove(owner, shared, owner.userId()));
        members.setRole(administrator, shared, member.userId(), Role.VIEWER);
        members.remove(member, shared, member.userId());
        members.setRole(owner, shared, administrator.userId(), Role.OWNER);
        members.remove(owner, shared, owner.userId());
        assertRefused(ErrorCode.CONFLICT, () -> members.remove(administrator, shared, administrator.userId()));
    }

    @Test
    void two_owners_who_leave_at_once_do_not_both_get_away() throws InterruptedException, ExecutionException {
        for (int round = 0; round < 5; round++) {
            Caller first = user();
            UUID shared = shared(first).id();
            Caller second = joined(first, shared, Role.OWNER);
            try (var threads = Executors.newFixedThreadPool(2)) {
                Future<@Nullable ErrorCode> a =
                        threads.submit(() -> codeOf(() -> members.remove(first, shared, first.userId())));
                Future<@Nullable ErrorCode> b =
                        threads.submit(() -> codeOf(() -> members.remove(second, shared, second.userId())));
                assertThat(java.util.Arrays.asList(a.get(), b.get()))
                        .containsExactlyInAnyOrder(null, ErrorCode.CONFLICT);
            }
        }
    }

    @Test
    void only_owners_delete_and_only_what_is_empty() {
        Caller owner = user();
        Organization shared = shared(owner);
        Caller administrator = joined(owner, shared.id(), Role.ADMIN);
        assertRefused(ErrorCode.FORBIDDEN, () -> changes.delete(administrator, shared.id()));
        inUse.add("2 sessions");
        assertRefused(ErrorCode.CONFLICT, () -> changes.delete(owner, shared.id()));
        inUse.clear();
        assertThat(changes.delete(owner, shared.id()).deletedAt()).isEqualTo(clock.instant());
        assertThat(changes.delete(owner, shared.id()).deletedAt()).isEqualTo(clock.instant());
        assertRefused(ErrorCode.INVALID_STATE, () -> changes.change(owner, shared.id(), wish("again")));
        assertThat(organizations.having(owner, Permission.SESSIONS_READ)).doesNotContain(shared.id());
        assertThat(changes.create(owner, "Again", shared.slug()).slug()).isEqualTo(shared.slug());
    }

    @Test
    void a_suspended_organization_takes_no_new_work_but_what_is_there_can_be_ended() {
        Caller owner = user();
        UUID shared = shared(owner).id();
        admin.setSuspended(shared, "unpaid");
        changes.setSuspended(Actor.COMMAND_LINE, shared, null);
        changes.setSuspended(Actor.COMMAND_LINE, shared, "unpaid");
        assertThat(suspended).containsExactly(shared);
        assertRefused(
                ErrorCode.FORBIDDEN, () -> organizations.resolve(owner, shared.toString(), Permission.SESSIONS_WRITE));
        organizations.resolve(owner, shared.toString(), Permission.SESSIONS_READ);
        organizations.require(owner, shared, Permission.SESSIONS_WRITE);
    }

    @Test
    void slugs_and_names_are_checked() {
        Caller owner = user();
        Organization made = changes.create(owner, "Größe & Söhne", null);
        assertThat(made.slug()).isEqualTo("gr-e-s-hne");
        assertRefused(ErrorCode.CONFLICT, () -> changes.create(owner, "x", made.slug()));
        for (String bad :
                List.of("", "-a", "a--b", "a b", "admin", UUID.randomUUID().toString(), "a".repeat(64))) {
            assertRefused(ErrorCode.INVALID_FIELD, () -> changes.create(owner, "x", bad));
        }
        for (String bad : List.of("", " ", "a".repeat(129), "a\nb")) {
            assertRefused(ErrorCode.INVALID_FIELD, () -> changes.create(owner, bad, null));
        }
    }

    @Test
    void changes_are_audited_and_the_log_cannot_be_changed() {
        Caller owner = user();
        UUID shared = shared(owner).id();
        changes.change(owner, shared, wish("Renamed"));
        var entries = database.read(tx -> new AuditStore().list(tx, shared, new Page(10, 0)));
        assertThat(entries)
                .extracting(AuditStore.Entry::action)
                .containsExactly("organization.change", "organization.create");
        assertThat(entries.getFirst().actor()).isEqualTo(owner.email());
        assertThat(String.valueOf(entries.getFirst().after())).contains("Renamed");
        Jdbi jdbi = Jdbi.create(database.dataSource());
        for (String statement :
                List.of("UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry", "TRUNCATE audit_entry")) {
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> jdbi.useHandle(handle -> handle.execute(statement)))
                    .hasMessageContaining("append-only");
        }
    }

    private Caller user() {
        User user =
                admin.addUser("user" + ++number + "@example.org", null, null).user();
        return new Caller(user.id(), user.email(), user.username(), null, null);
    }

    private Organization shared(Caller owner) {
        return changes.create(owner, "Shared " + ++number, null);
    }

    private Caller joined(Caller owner, UUID organization, Role role) {
        Caller caller = user();
        database.useTransaction(tx -> store.addMember(tx, organization, caller.userId(), role, clock.instant()));
        assertThat(owner.userId()).isNotEqualTo(caller.userId());
        return caller;
    }

    private static OrganizationChanges.Wish wish(String name) {
        return new OrganizationChanges.Wish(name, null, null);
    }

    private static void assertRefused(ErrorCode code, ThrowingCallable call) {
        assertThat(codeOf(call)).isEqualTo(code);
    }

    private static @Nullable ErrorCode codeOf(ThrowingCallable call) {
        ApiException refusal = catchThrowableOfType(ApiException.class, call);
        return refusal == null ? null : refusal.code();
    }
}
