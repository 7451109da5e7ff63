package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Every endpoint, called by everybody there can be, upon one organization's things. The table says what comes out; an
 * endpoint without a row fails the build.
 *
 * <p>A row's outcomes stand in the order of {@link Who}: {@code y} = may, whatever the request is then worth; {@code 1} =
 * 401; {@code 3} = 403; {@code 4} = 404, as if it did not exist.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessMatrixIT {
    private static final String PUBLIC = "yyyyyyyy";
    private static final String SIGNED_IN = "1yyyyyyy";
    private static final String OPERATORS = "13y33333";
    private static final String EVERY_MEMBER = "144yyyyy";
    private static final String MANAGERS = "144333yy";
    private static final String READ_SESSIONS = "144y3yyy";
    private static final String WRITE_SESSIONS = "14433yyy";
    private static final String WRITE_BILLING = "1443y3yy";
    private static final String OWNERS = "1443333y";
    private static final String NOBODY = "14444444";

    private static final String COMPUTE = "/api/compute/v1";
    private static final String SESSION = COMPUTE + "/sessions/{id}";
    private static final String VOLUME = COMPUTE + "/volumes/{id}";
    private static final String ORGANIZATIONS = "/api/organizations/v1";
    private static final String ADMIN = ORGANIZATIONS + "/admin";
    private static final String BILLING_ADMIN = COMPUTE + "/admin/billing";
    private static final String PROVIDERS = COMPUTE + "/admin/providers";
    private static final String HOSTS = COMPUTE + "/admin/hosts";
    private static final String MONEY = "{\"amount\":1,\"reason\":\"matrix\"}";
    private static final String UNPLACEABLE =
            "{\"name\":\"x\",\"image\":{\"uri\":\"busybox\"},\"org_id\":\"{org}\",\"gpu\":{\"max_hourly_rate\":0.000001}}";
    private static final String UNMAKEABLE =
            "{\"name\":\"x\",\"size_gb\":1,\"org_id\":\"{org}\",\"provider\":\"nobody\"}";

    /** In the order of the columns: those with power come last, when nobody needs any more what they end. */
    private enum Who {
        ANONYMOUS,
        OUTSIDER,
        OPERATOR,
        VIEWER,
        BILLING,
        MEMBER,
        ADMIN,
        OWNER;

        String role() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static final Set<Who> BY_INVITATION = Set.of(Who.VIEWER, Who.BILLING, Who.MEMBER, Who.ADMIN);

    /** @param path as declared; what stands in braces there, in query and in body is filled in */
    private record Row(
            String outcomes,
            String method,
            String path,
            String query,
            @Nullable String body) {
        Row(String outcomes, String method, String path) {
            this(outcomes, method, path, "", null);
        }

        Row(String outcomes, String method, String path, String query) {
            this(outcomes, method, path, query, null);
        }

        String endpoint() {
            return method + " " + path;
        }
    }

    private static final List<Row> ROWS = List.of(
            new Row(PUBLIC, "GET", "/health"),
            new Row(PUBLIC, "GET", COMPUTE + "/availability"),
            new Row(PUBLIC, "GET", COMPUTE + "/catalog"),
            new Row(PUBLIC, "GET", "/api/v1/auth/token/limits"),
            new Row(PUBLIC, "POST", "/api/v1/auth/token", "", "{}"),
            new Row(SIGNED_IN, "GET", "/api/v1/me"),
            new Row(SIGNED_IN, "GET", "/api/v1/ssh-keys"),
            new Row(SIGNED_IN, "POST", "/api/v1/ssh-keys", "", "{}"),
            new Row("1444444y", "DELETE", "/api/v1/ssh-keys/{owners_ssh_key}"),
            new Row(SIGNED_IN, "GET", "/api/v1/api-keys"),
            new Row(SIGNED_IN, "POST", "/api/v1/api-keys", "", "{}"),
            new Row("1444444y", "DELETE", "/api/v1/api-keys/{owners_api_key}"),
            new Row(SIGNED_IN, "GET", COMPUTE + "/sessions"),
            new Row(WRITE_SESSIONS, "POST", COMPUTE + "/sessions", "?dry_run=true", UNPLACEABLE),
            new Row(WRITE_SESSIONS, "POST", COMPUTE + "/sessions", "", UNPLACEABLE),
            new Row(READ_SESSIONS, "GET", SESSION),
            new Row(READ_SESSIONS, "GET", SESSION + "/logs"),
            new Row(READ_SESSIONS, "GET", SESSION + "/logs/stream"),
            new Row(READ_SESSIONS, "GET", SESSION + "/events/stream"),
            new Row(WRITE_SESSIONS, "DELETE", SESSION),
            new Row(SIGNED_IN, "GET", COMPUTE + "/volumes"),
            new Row(WRITE_SESSIONS, "POST", COMPUTE + "/volumes", "", UNMAKEABLE),
            new Row(READ_SESSIONS, "GET", VOLUME),
            new Row(WRITE_SESSIONS, "PATCH", VOLUME, "", "{}"),
            new Row(WRITE_SESSIONS, "PUT", VOLUME, "", "{}"),
            new Row(WRITE_SESSIONS, "DELETE", VOLUME),
            new Row(SIGNED_IN, "GET", COMPUTE + "/balance"),
            new Row(EVERY_MEMBER, "GET", COMPUTE + "/balance", "?org_id={org}"),
            new Row(EVERY_MEMBER, "GET", COMPUTE + "/balance/org/{organization}"),
            new Row(EVERY_MEMBER, "GET", COMPUTE + "/balance/user/{user}", "?org_id={org}"),
            new Row(EVERY_MEMBER, "GET", COMPUTE + "/balance/events", "?org_id={org}"),
            new Row(EVERY_MEMBER, "GET", COMPUTE + "/quota", "?org_id={org}"),
            new Row(EVERY_MEMBER, "GET", COMPUTE + "/spend-limits", "?org_id={org}"),
            new Row(
                    WRITE_BILLING,
                    "PUT",
                    COMPUTE + "/spend-limits",
                    "?org_id={org}",
                    "{\"period\":\"month\",\"limit\":100}"),
            new Row(EVERY_MEMBER, "GET", COMPUTE + "/transactions", "?org_id={org}"),
            new Row(EVERY_MEMBER, "GET", COMPUTE + "/usage", "?org_id={org}"),
            new Row(EVERY_MEMBER, "GET", COMPUTE + "/statements/{month}", "?org_id={org}"),
            new Row(OPERATORS, "POST", BILLING_ADMIN + "/organizations/{organization}/credit", "", MONEY),
            new Row(OPERATORS, "POST", BILLING_ADMIN + "/organizations/{organization}/refund", "", MONEY),
            new Row(OPERATORS, "POST", BILLING_ADMIN + "/organizations/{organization}/adjust", "", MONEY),
            new Row(
                    OPERATORS,
                    "PUT",
                    BILLING_ADMIN + "/organizations/{organization}/quota",
                    "",
                    "{\"name\":\"sessions\",\"limit\":50,\"reason\":\"matrix\"}"),
            new Row(OPERATORS, "GET", BILLING_ADMIN + "/organizations/{organization}/quota"),
            new Row(
                    OPERATORS,
                    "PUT",
                    BILLING_ADMIN + "/organizations/{organization}/spend-limit",
                    "",
                    "{\"period\":\"day\",\"limit\":100,\"reason\":\"matrix\"}"),
            new Row(OPERATORS, "GET", BILLING_ADMIN + "/organizations/{organization}/spend-limit"),
            new Row(OPERATORS, "GET", BILLING_ADMIN + "/audit"),
            new Row(OPERATORS, "GET", BILLING_ADMIN + "/check"),
            new Row(OPERATORS, "GET", BILLING_ADMIN + "/margins"),
            new Row(OPERATORS, "GET", PROVIDERS),
            new Row(OPERATORS, "GET", PROVIDERS + "/{provider}/inventory"),
            new Row(OPERATORS, "POST", PROVIDERS + "/{provider}/sweep", "?dry_run=true"),
            new Row(OPERATORS, "GET", HOSTS),
            new Row(OPERATORS, "POST", HOSTS, "", "{}"),
            new Row("13433333", "POST", HOSTS + "/{host}/drain"),
            new Row(OPERATORS, "POST", HOSTS + "/{host}/lost", "", "{\"reason\":\"matrix\"}"),
            new Row(OPERATORS, "POST", HOSTS + "/{host}/resume"),
            new Row("13433333", "DELETE", HOSTS + "/{host}"),
            new Row(OPERATORS, "GET", ADMIN + "/orgs"),
            new Row(OPERATORS, "GET", ADMIN + "/orgs/{id}"),
            new Row(OPERATORS, "GET", ADMIN + "/orgs/{id}/members"),
            new Row(OPERATORS, "POST", ADMIN + "/orgs/{id}/suspend", "", "{\"reason\":\"matrix\"}"),
            new Row(OPERATORS, "POST", ADMIN + "/orgs/{id}/unsuspend"),
            new Row(OPERATORS, "GET", ADMIN + "/audit"),
            new Row(SIGNED_IN, "GET", ORGANIZATIONS),
            new Row(SIGNED_IN, "POST", ORGANIZATIONS, "", "{}"),
            new Row(NOBODY, "POST", ORGANIZATIONS + "/invitations/{token}/accept"),
            new Row(NOBODY, "POST", ORGANIZATIONS + "/invitations/{token}/decline"),
            new Row(EVERY_MEMBER, "GET", ORGANIZATIONS + "/{id}"),
            new Row(EVERY_MEMBER, "GET", ORGANIZATIONS + "/by-slug/{slug}"),
            new Row(MANAGERS, "PATCH", ORGANIZATIONS + "/{id}", "", "{\"name\":\"Matrix\"}"),
            new Row(EVERY_MEMBER, "GET", ORGANIZATIONS + "/{id}/members"),
            new Row(
                    MANAGERS,
                    "POST",
                    ORGANIZATIONS + "/{id}/members/invite",
                    "",
                    "{\"email\":\"matrix@example.org\",\"role\":\"viewer\"}"),
            new Row(MANAGERS, "GET", ORGANIZATIONS + "/{id}/invitations"),
            new Row(MANAGERS, "PATCH", ORGANIZATIONS + "/{id}/members/{user_id}/role", "", "{\"role\":\"viewer\"}"),
            new Row(MANAGERS, "DELETE", ORGANIZATIONS + "/{id}/members/{user_id}"),
            new Row(OWNERS, "DELETE", ORGANIZATIONS + "/{id}"));

    private final MimiryServer server = MimiryServer.shared();
    private final Map<Who, TestUser> people = new EnumMap<>(Who.class);
    private final Map<String, String> values = new HashMap<>();

    @BeforeAll
    void make_an_organization_of_everybody() throws Exception {
        for (Who who : Who.values()) {
            if (who != Who.ANONYMOUS) {
                people.put(who, who == Who.OPERATOR ? server.operator("1") : server.user("1"));
            }
        }
        TestUser owner = person(Who.OWNER);
        String slug = "matrix-" + UUID.randomUUID().toString().substring(0, 8);
        String organization = owner.post(ORGANIZATIONS, "{\"name\":\"Matrix\",\"slug\":\"" + slug + "\"}")
                .expect(201)
                .json()
                .get("id")
                .asText();
        values.put("org", organization);
        values.put("slug", slug);
        for (Who who : BY_INVITATION) {
            join(person(who), who.role());
        }
        values.put("month", YearMonth.now(ZoneOffset.UTC).toString());
        values.put("token", "no-such-invitation");
        values.put("provider", "docker");
        values.put("host", "nowhere");
        values.put("user", me(owner).get("id").asText());
        values.put("spare_of_admin", join(server.user("1"), "member"));
        values.put("spare", join(server.user("1"), "member"));
        values.put(
                "owners_api_key",
                owner.post("/api/v1/api-keys", "{\"title\":\"matrix\",\"scopes\":[\"*\"]}")
                        .expect(201)
                        .json()
                        .get("id")
                        .asText());
        values.put("owners_ssh_key", furtherKey(owner));
        server.admin("credit", "add", "--org", slug, "--amount", "5", "--reason", "matrix")
                .orFail();
        values.put("session", owner.create("\"command\":\"true\",\"org_id\":\"" + organization + "\""));
        owner.awaitState(values.get("session"), "terminated");
        values.put(
                "volume",
                owner.post(
                                COMPUTE + "/volumes",
                                "{\"name\":\"matrix\",\"size_gb\":1,\"org_id\":\"" + organization + "\"}")
                        .expect(202)
                        .json()
                        .get("id")
                        .asText());
    }

    private TestUser person(Who who) {
        TestUser person = people.get(who);
        if (person == null) {
            throw new IllegalStateException(who + " is nobody");
        }
        return person;
    }

    private static JsonNode me(TestUser user) {
        return user.get("/api/v1/me").expect(200).json();
    }

    /** @return the user's id */
    private String join(TestUser user, String role) {
        String token = person(Who.OWNER)
                .post(
                        ORGANIZATIONS + "/" + values.get("org") + "/members/invite",
                        "{\"email\":\"%s\",\"role\":\"%s\"}".formatted(user.email(), role))
                .expect(201)
                .json()
                .get("token")
                .asText();
        user.call("POST", ORGANIZATIONS + "/invitations/" + token + "/accept", null)
                .expect(200);
        return me(user).get("id").asText();
    }

    private String furtherKey(TestUser owner) throws Exception {
        Path key = server.data().resolve("matrix-" + UUID.randomUUID());
        Commands.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString())
                .orFail();
        String line = Files.readString(Path.of(key + ".pub")).strip();
        return owner.post("/api/v1/ssh-keys", "{\"title\":\"further\",\"public_key\":\"" + line + "\"}")
                .expect(201)
                .json()
                .get("id")
                .asText();
    }

    @Test
    void every_endpoint_has_a_row() {
        Set<String> inTable = ROWS.stream()
                .map(row -> row.endpoint().replaceAll("\\{(owners_\\w+|provider|host)}", "{id}"))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(inTable).isEqualTo(Endpoints.all());
    }

    @Test
    void those_who_may_not_see_sessions_are_told_of_none() {
        for (Who who : List.of(Who.OUTSIDER, Who.OPERATOR, Who.BILLING)) {
            JsonNode list = person(who).get(COMPUTE + "/sessions").expect(200).json();
            assertThat(list.get("total").asInt()).as(who.toString()).isZero();
        }
    }

    @TestFactory
    List<DynamicTest> everybody_may_do_what_the_table_says() {
        List<DynamicTest> tests = new ArrayList<>();
        for (Row row : ROWS) {
            tests.add(DynamicTest.dynamicTest(row.endpoint() + row.query(), () -> {
                StringBuilder outcomes = new StringBuilder();
                List<String> answers = new ArrayList<>();
                for (Who who : Who.values()) {
                    TestUser.Reply reply = call(who, row);
                    outcomes.append(outcome(reply));
                    answers.add(who + ": " + reply.status() + " "
                            + reply.text().lines().findFirst().orElse(""));
                }
                assertThat(outcomes).as(String.join("\n", answers)).hasToString(row.outcomes());
            }));
        }
        return tests;
    }

    private TestUser.Reply call(Who who, Row row) {
        String path = filled(who, row.path() + row.query(), row.path());
        String body = row.body() == null ? null : filled(who, row.body(), row.path());
        TestUser caller = who == Who.ANONYMOUS ? person(Who.OUTSIDER) : person(who);
        return caller.send(
                caller.request(row.method(), path, body, who != Who.ANONYMOUS).build());
    }

    private String filled(Who who, String text, String path) {
        String id = path.startsWith(SESSION) ? "session" : path.startsWith(VOLUME) ? "volume" : "org";
        String filled = text.replace("{id}", value(id))
                .replace("{organization}", value("org"))
                .replace("{user_id}", value(who == Who.ADMIN ? "spare_of_admin" : "spare"));
        for (Map.Entry<String, String> each : values.entrySet()) {
            filled = filled.replace("{" + each.getKey() + "}", each.getValue());
        }
        return filled;
    }

    private String value(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalStateException(name);
        }
        return value;
    }

    private static char outcome(TestUser.Reply reply) {
        return switch (reply.status()) {
            case 200, 201, 202, 204, 402, 409, 422 -> 'y';
            case 401 -> '1';
            case 403 -> '3';
            case 404 -> '4';
            default -> '?';
        };
    }
}
