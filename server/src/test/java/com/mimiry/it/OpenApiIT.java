package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** The description of the API at {@code /openapi} is what the server does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenApiIT {
    private static final Set<String> VERBS = Set.of("get", "post", "put", "patch", "delete");
    private static final String COMPUTE = "/api/compute/v1";
    /** Fields that are left out where they have nothing to say. */
    private static final Set<String> OPTIONAL =
            Set.of("spot", "alias_of", "session_id", "volume_id", "used_from", "used_to", "offers");

    private final MimiryServer server = MimiryServer.shared();
    private final TestUser user = server.user("100");

    private TestUser.Reply anonymously(String path) {
        return user.send(user.request("GET", path, null, false).build());
    }

    private JsonNode document() {
        return user.send(user.request("GET", "/openapi?format=json", null, false)
                        .header("Accept", "application/json")
                        .build())
                .expect(200)
                .json();
    }

    @Test
    void it_is_openapi_3_1_and_lists_exactly_what_is_served() {
        JsonNode document = document();
        assertThat(document.get("openapi").asText()).startsWith("3.1");
        Set<String> documented = new TreeSet<>();
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().fieldNames().forEachRemaining(verb -> {
                    if (VERBS.contains(verb)) {
                        documented.add(verb.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                    }
                }));
        assertThat(documented).isEqualTo(Endpoints.all());
    }

    @Test
    void every_field_is_in_snake_case() {
        List<String> others = new ArrayList<>();
        document()
                .get("components")
                .get("schemas")
                .properties()
                .forEach(schema -> schema.getValue()
                        .path("properties")
                        .fieldNames()
                        .forEachRemaining(field -> {
                            if (!field.matches("[a-z][a-z0-9]*(_[a-z0-9]+)*")) {
                                others.add(schema.getKey() + "." + field);
                            }
                        }));
        assertThat(others).isEmpty();
    }

    @TestFactory
    List<DynamicTest> answers_are_as_described() {
        JsonNode document = document();
        String create =
                "{\"name\":\"described\",\"image\":{\"uri\":\"%s\"},\"gpu\":{\"types\":[\"T4\"]},\"command\":\"true\"}"
                        .formatted(TestImage.name());
        List<DynamicTest> tests = new ArrayList<>();
        TestUser.Reply created = user.post(COMPUTE + "/sessions", create).expect(202);
        String id = created.json().get("id").asText();
        user.awaitState(id, "terminated");
        String organization = created.json().get("org_id").asText();
        String month = java.time.YearMonth.now(java.time.ZoneOffset.UTC).toString();
        tests.add(described(document, "POST", COMPUTE + "/sessions", created));
        tests.add(described(
                document,
                "POST",
                COMPUTE + "/sessions",
                user.post(COMPUTE + "/sessions?dry_run=true", create).expect(200)));
        tests.add(described(document, "GET", COMPUTE + "/sessions/{id}", user.get(COMPUTE + "/sessions/" + id)));
        tests.add(described(
                document, "GET", COMPUTE + "/sessions/{id}/logs", user.get(COMPUTE + "/sessions/" + id + "/logs")));
        tests.add(described(document, "DELETE", COMPUTE + "/sessions/{id}", user.end(id)));
        TestUser.Reply volume = user.post(COMPUTE + "/volumes", "{\"name\":\"described\",\"size_gb\":1}");
        String volumeId = volume.expect(202).json().get("id").asText();
        tests.add(described(document, "POST", COMPUTE + "/volumes", volume));
        tests.add(described(document, "GET", COMPUTE + "/volumes/{id}", user.get(COMPUTE + "/volumes/" + volumeId)));
        tests.add(described(
                document, "DELETE", COMPUTE + "/volumes/{id}", user.delete(COMPUTE + "/volumes/" + volumeId)));
        tests.add(described(
                document, "GET", COMPUTE + "/statements/{month}", user.get(COMPUTE + "/statements/" + month)));
        tests.add(described(
                document,
                "GET",
                COMPUTE + "/balance/org/{organization}",
                user.get(COMPUTE + "/balance/org/" + organization)));
        for (String path : List.of(
                COMPUTE + "/sessions",
                COMPUTE + "/volumes",
                COMPUTE + "/availability",
                COMPUTE + "/catalog",
                COMPUTE + "/balance",
                COMPUTE + "/balance/events",
                COMPUTE + "/quota",
                COMPUTE + "/spend-limits",
                COMPUTE + "/transactions",
                COMPUTE + "/usage",
                "/api/v1/me",
                "/api/v1/ssh-keys",
                "/api/v1/api-keys",
                "/api/v1/auth/token/limits",
                "/api/organizations/v1")) {
            tests.add(described(document, "GET", path, user.get(path)));
        }
        server.admin("user", "operator", user.email()).orFail();
        String admin = COMPUTE + "/admin";
        tests.add(described(document, "GET", admin + "/providers", user.get(admin + "/providers")));
        tests.add(described(
                document, "GET", admin + "/providers/{id}/inventory", user.get(admin + "/providers/docker/inventory")));
        tests.add(described(
                document,
                "POST",
                admin + "/providers/{id}/sweep",
                user.call("POST", admin + "/providers/docker/sweep?dry_run=true", null)));
        tests.add(described(document, "GET", admin + "/hosts", user.get(admin + "/hosts")));
        TestUser.Reply full = user.get(COMPUTE + "/availability?detail=full");
        tests.add(described(document, "GET", COMPUTE + "/availability", full));
        tests.add(described(
                document,
                "POST",
                "/api/v1/api-keys",
                user.post("/api/v1/api-keys", "{\"title\":\"t\",\"scopes\":[\"*\"]}")));
        tests.add(described(document, "POST", "/api/v1/auth/token", user.signIn()));
        return tests;
    }

    private static DynamicTest described(JsonNode document, String verb, String path, TestUser.Reply reply) {
        return DynamicTest.dynamicTest(verb + " " + path + " " + reply.status(), () -> {
            assertThat(reply.status()).as(reply.text()).isBetween(200, 299);
            JsonNode operation = document.get("paths").path(path).path(verb.toLowerCase(java.util.Locale.ROOT));
            JsonNode response = operation.path("responses").path(Integer.toString(reply.status()));
            assertThat(response.isMissingNode())
                    .as("status " + reply.status() + " is not described")
                    .isFalse();
            JsonNode content = response.path("content");
            JsonNode json = content.has("application/json") ? content.get("application/json") : content.path("*/*");
            List<String> faults = new ArrayList<>();
            compare(document, json.path("schema"), reply.json(), "answer", faults);
            assertThat(faults).as(reply.text()).isEmpty();
        });
    }

    /** Where an answer and its schema disagree, both ways. */
    private static void compare(JsonNode document, JsonNode reference, JsonNode value, String at, List<String> faults) {
        JsonNode schema = resolved(document, reference);
        if (schema.isEmpty()) {
            if (at.equals("answer")) {
                faults.add("there is no schema");
            }
            return;
        }
        if (value.isNull()) {
            return;
        }
        String type = type(schema);
        if (type != null && !fits(type, value)) {
            faults.add(at + " is no " + type + ": " + value);
            return;
        }
        if (value.isArray()) {
            value.forEach(item -> compare(document, schema.path("items"), item, at + "[]", faults));
        } else if (value.isObject() && schema.has("properties")) {
            JsonNode properties = schema.get("properties");
            value.fieldNames().forEachRemaining(field -> {
                if (properties.has(field)) {
                    compare(document, properties.get(field), value.get(field), at + "." + field, faults);
                } else {
                    faults.add(at + "." + field + " is not described");
                }
            });
            properties.fieldNames().forEachRemaining(field -> {
                if (!value.has(field) && !OPTIONAL.contains(field)) {
                    faults.add(at + "." + field + " is described but absent");
                }
            });
        }
    }

    private static JsonNode resolved(JsonNode document, JsonNode schema) {
        return schema.has("$ref") ? document.at(schema.get("$ref").asText().substring(1)) : schema;
    }

    private static @Nullable String type(JsonNode schema) {
        JsonNode type = schema.path("type");
        return type.isTextual() ? type.asText() : null;
    }

    private static boolean fits(String type, JsonNode value) {
        return switch (type) {
            case "string" -> value.isTextual();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "array" -> value.isArray();
            case "object" -> value.isObject();
            default -> false;
        };
    }

    @Test
    void people_can_read_it_in_a_browser() {
        String page = anonymously("/docs/").expect(200).text();
        assertThat(page).contains("url: '/openapi'");
        List<String> parts = Pattern.compile("(?:src|href)=\"([^/\"]+)\"")
                .matcher(page)
                .results()
                .map(match -> match.group(1))
                .toList();
        assertThat(parts).anyMatch(part -> part.endsWith(".js")).anyMatch(part -> part.endsWith(".css"));
        parts.forEach(part -> anonymously("/docs/" + part).expect(200));
    }

    @Test
    void it_is_yaml_unless_json_is_asked_for() {
        assertThat(anonymously("/openapi").expect(200).text()).startsWith("---\nopenapi: 3.1");
        assertThat(anonymously("/openapi?format=json").expect(200).json().has("openapi"))
                .isTrue();
        TestUser.Reply accepted = user.send(user.request("GET", "/openapi", null, false)
                .setHeader("Accept", "application/json")
                .build());
        assertThat(accepted.expect(200).json().has("openapi")).isTrue();
    }

    @Test
    void health_and_metrics_answer_without_a_bearer() {
        assertThat(anonymously("/health").expect(200).json().get("status").asText())
                .isEqualTo("ok");
        assertThat(anonymously("/metrics").expect(200).text())
                .contains(
                        "jvm_memory_used_bytes",
                        "http_server_requests",
                        "mimiry_ledger_sum_euros 0.0",
                        "mimiry_billing_meters_behind 0.0",
                        "mimiry_provider_state{provider=\"docker\"}",
                        "mimiry_provider_unaccounted{provider=\"docker\"}",
                        "mimiry_provider_queue_oldest_seconds{provider=\"docker\"}",
                        "mimiry_provider_calls_total{provider=\"docker\"}",
                        "mimiry_sessions_live{state=\"started\"}",
                        "mimiry_reconcile_failing");
    }

    @Test
    void every_answer_has_a_request_id_and_keeps_that_of_the_client() {
        for (String path :
                List.of("/health", "/metrics", "/openapi", "/docs/", "/nowhere", "/api/v1/me", "/api/nowhere")) {
            assertThat(anonymously(path).response().headers().firstValue("X-Request-Id"))
                    .as(path)
                    .isPresent();
        }
        String own = user.send(user.request("GET", "/health", null, false)
                        .header("X-Request-Id", "mine-1")
                        .build())
                .response()
                .headers()
                .firstValue("X-Request-Id")
                .orElse("");
        assertThat(own).isEqualTo("mine-1");
        assertThat(Objects.requireNonNull(anonymously("/api/nowhere").json().get("error"))
                        .asText())
                .isEqualTo("not_found");
    }
}
