package com.mimiry.launch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.containers.SshKeyTexts;
import com.mimiry.containers.SshMachine;
import com.mimiry.identity.Actor;
import com.mimiry.platform.DataDirectory;
import com.mimiry.platform.TestDatabase;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullMarked
class AdminCommandTest {
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbxqmj1+cE2Ru5u7jiVPXSenvmidzx8vgijRKPTBxff someone@example.org";

    private final StringWriter said = new StringWriter();
    private final StringWriter complaints = new StringWriter();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path directory;

    @BeforeEach
    void useADatabaseOfOurOwn() {
        System.setProperty("mimiry.database.url", TestDatabase.createUrl());
        System.setProperty(
                "mimiry.database.username", TestDatabase.server().access().username());
        System.setProperty(
                "mimiry.database.password",
                TestDatabase.server().access().password().reveal());
    }

    @AfterEach
    void forgetIt() {
        System.clearProperty("mimiry.database.url");
        System.clearProperty("mimiry.database.username");
        System.clearProperty("mimiry.database.password");
    }

    @Test
    void a_first_user_with_a_key_and_money_is_one_command_on_an_empty_database() throws Exception {
        Path key = Files.writeString(directory.resolve("id.pub"), KEY + "\n");

        int status = admin(
                "user", "add", "--email", "Ada@Example.org", "--key", key.toString(), "--credit", "25.50", "--json");

        assertThat(complaints.toString()).isEmpty();
        assertThat(status).isZero();
        JsonNode added = json();
        assertThat(added.path("email").asText()).isEqualToIgnoringCase("ada@example.org");
        assertThat(added.path("fingerprint").asText()).startsWith("SHA256:");
        assertThat(added.path("balance").decimalValue()).isEqualByComparingTo(new BigDecimal("25.5"));
    }

    @Test
    void the_private_key_is_taken_for_the_public_one_beside_it_and_refused_where_there_is_none() throws Exception {
        Path key = Files.writeString(directory.resolve("id"), "-----BEGIN OPENSSH PRIVATE KEY-----\n");

        assertThat(admin("user", "add", "--email", "a@example.org", "--key", key.toString()))
                .isEqualTo(1);
        assertThat(complaints.toString()).contains("is a private key").contains(".pub");

        Files.writeString(directory.resolve("id.pub"), KEY);
        assertThat(admin("user", "add", "--email", "a@example.org", "--key", key.toString()))
                .isZero();
    }

    @Test
    void what_cannot_be_done_is_one_line_and_changes_nothing() throws Exception {
        admin("user", "add", "--email", "a@example.org");

        assertThat(admin("user", "add", "--email", "a@example.org")).isEqualTo(1);
        assertThat(admin("credit", "add", "--org", "nobody", "--amount", "1", "--reason", "r"))
                .isEqualTo(1);
        assertThat(admin("credit", "add", "--email", "a@example.org", "--amount", "-1", "--reason", "r"))
                .isEqualTo(1);
        assertThat(admin("credit", "add", "--email", "a@example.org", "--amount", "0.0000001", "--reason", "r"))
                .isEqualTo(1);
        assertThat(admin("user", "disable", "b@example.org")).isEqualTo(1);

        assertThat(complaints.toString().lines())
                .hasSize(5)
                .allSatisfy(line -> assertThat(line).startsWith("mimiry: "));
        said.getBuffer().setLength(0);
        admin("org", "list", "--json");
        assertThat(json()).hasSize(1);
        assertThat(json().path(0).path("balance").decimalValue()).isZero();
    }

    @Test
    void money_is_added_for_a_user_or_an_organization() throws Exception {
        admin("user", "add", "--email", "a@example.org", "--credit", "1");
        admin("credit", "add", "--email", "a@example.org", "--amount", "2.25", "--reason", "gift");
        said.getBuffer().setLength(0);
        admin("org", "list", "--json");
        String slug = json().path(0).path("slug").asText();
        said.getBuffer().setLength(0);

        admin("credit", "add", "--org", slug, "--amount", "0.000001", "--reason", "gift", "--json");

        assertThat(json().path("balance").decimalValue()).isEqualByComparingTo(new BigDecimal("3.250001"));
    }

    @Test
    void a_refund_and_a_correction_are_booked_once_for_each_reference_and_stand_in_the_audit_log() throws Exception {
        admin("user", "add", "--email", "a@example.org", "--credit", "10");

        admin(
                "refund",
                "--email",
                "a@example.org",
                "--amount",
                "1.5",
                "--reason",
                "host was down",
                "--reference",
                "t1");
        admin(
                "refund",
                "--email",
                "a@example.org",
                "--amount",
                "1.5",
                "--reason",
                "host was down",
                "--reference",
                "t1");
        assertThat(admin("refund", "--email", "a@example.org", "--amount", "2", "--reason", "r", "--reference", "t1"))
                .isEqualTo(1);
        said.getBuffer().setLength(0);
        admin("adjust", "--email", "a@example.org", "--amount", "-12", "--reason", "typing error", "--json");

        assertThat(json().path("balance").decimalValue()).isEqualByComparingTo(new BigDecimal("-0.5"));
        said.getBuffer().setLength(0);
        admin("audit", "list", "--json");
        assertThat(json().findValuesAsText("action"))
                .containsExactly("adjustment -12", "refund 1.5", "credit 10", "user.create");
        assertThat(json().path(0).path("actor").asText()).isEqualTo(Actor.COMMAND_LINE.name());
        assertThat(json().path(0).path("reason").asText()).isEqualTo("typing error");
        assertThat(json().path(0).path("before").asText()).isEqualTo("balance 11.5");
        assertThat(json().path(0).path("after").asText()).isEqualTo("balance -0.5");
        assertThat(complaints.toString().lines()).singleElement().asString().contains("reference");
    }

    @Test
    void no_more_is_given_back_for_a_session_than_there_is_of_it() {
        admin("user", "add", "--email", "a@example.org", "--credit", "10");

        String nobodys = "00000000-0000-4000-8000-000000000000";
        assertThat(admin("refund", "--email", "a@example.org", "--amount", "1", "--reason", "r", "--session", nobodys))
                .isEqualTo(1);
        assertThat(complaints.toString()).contains("no session").contains(nobodys);
    }

    @Test
    void a_quota_is_what_the_servers_configuration_says_until_it_is_set() throws Exception {
        Path config = Files.writeString(
                directory.resolve("mimiry.properties"), "mimiry.billing.organization-quota.sessions=7\n");
        said.getBuffer().setLength(0);
        admin("user", "add", "--email", "a@example.org");
        said.getBuffer().setLength(0);

        said.getBuffer().setLength(0);
        admin("--config", config.toString(), "quota", "show", "--email", "a@example.org", "--json");
        assertThat(limit("sessions", "organization")).isEqualTo(7);
        assertThat(limit("volumes", "organization")).isEqualTo(100);

        said.getBuffer().setLength(0);
        admin(
                "quota",
                "set",
                "--email",
                "a@example.org",
                "--name",
                "sessions",
                "--limit",
                "3",
                "--reason",
                "r",
                "--json");
        assertThat(limit("sessions", "organization")).isEqualTo(3);

        said.getBuffer().setLength(0);
        admin(
                "quota",
                "set",
                "--email",
                "a@example.org",
                "--user",
                "a",
                "--name",
                "gpus.H100",
                "--limit",
                "0",
                "--reason",
                "r",
                "--json");
        assertThat(limit("gpus.H100", "user")).isZero();
        assertThat(limit("gpus.H100", "organization")).isEqualTo(256);

        said.getBuffer().setLength(0);
        admin(
                "--config",
                config.toString(),
                "quota",
                "set",
                "--email",
                "a@example.org",
                "--name",
                "sessions",
                "--default",
                "--reason",
                "r",
                "--json");
        assertThat(limit("sessions", "organization")).isEqualTo(7);
    }

    private long limit(String name, String scope) throws Exception {
        JsonNode lines = json();
        for (JsonNode line : lines) {
            if (line.path("name").asText().equals(name)
                    && line.path("scope").asText().equals(scope)) {
                return line.path("limit").asLong();
            }
        }
        throw new AssertionError("no " + name + " of " + scope + " in " + lines);
    }

    @Test
    void a_configuration_that_makes_no_sense_is_one_line() throws Exception {
        Path config = Files.writeString(directory.resolve("mimiry.properties"), "mimiry.billing.hold=often\n");

        assertThat(admin("--config", config.toString(), "user", "list")).isEqualTo(1);
        assertThat(complaints.toString()).startsWith("mimiry: ").contains("mimiry.billing.hold");
        assertThat(complaints.toString().lines()).hasSize(1);
    }

    @Test
    void a_spend_limit_is_set_shown_and_removed() throws Exception {
        admin("user", "add", "--email", "a@example.org", "--credit", "10");
        said.getBuffer().setLength(0);

        admin("spend-limit", "set", "--email", "a@example.org", "--period", "month", "--limit", "500", "--reason", "r");
        assertThat(said.toString()).contains("organization", "month", "operator", "500 EUR", "0 EUR");
        said.getBuffer().setLength(0);
        admin(
                "spend-limit",
                "set",
                "--email",
                "a@example.org",
                "--user",
                "a",
                "--period",
                "day",
                "--limit",
                "0.5",
                "--reason",
                "r",
                "--json");
        assertThat(json()).hasSize(2);
        said.getBuffer().setLength(0);
        admin(
                "spend-limit",
                "set",
                "--email",
                "a@example.org",
                "--period",
                "month",
                "--none",
                "--reason",
                "r",
                "--json");
        assertThat(json()).hasSize(1);
        assertThat(json().path(0).path("period").asText()).isEqualTo("day");
        assertThat(json().path(0).path("limit").decimalValue()).isEqualByComparingTo(new BigDecimal("0.5"));
        admin("user", "add", "--email", "b@example.org");
        assertThat(admin(
                        "quota",
                        "set",
                        "--email",
                        "a@example.org",
                        "--user",
                        "b",
                        "--name",
                        "gpus",
                        "--limit",
                        "1",
                        "--reason",
                        "r"))
                .isEqualTo(1);
        assertThat(complaints.toString()).contains("b does not belong");

        assertThat(admin(
                        "spend-limit",
                        "set",
                        "--email",
                        "a@example.org",
                        "--period",
                        "year",
                        "--none",
                        "--reason",
                        "r"))
                .isEqualTo(1);
        assertThat(complaints.toString()).contains("day or month");
    }

    @Test
    void a_host_is_added_with_a_key_that_is_given_or_scanned_and_not_without_one() {
        try (SshMachine machine = SshMachine.start("127.7.0.5", KEY)) {
            String uri = machine.address().uri().toString();
            assertThat(admin("host", "add", uri)).isEqualTo(1);
            assertThat(complaints.toString()).contains("--host-key, or --scan");
            assertThat(admin("host", "add", uri, "--scan", "--host-key", machine.hostKey()))
                    .isEqualTo(1);
            assertThat(admin("host", "add", "unix:///run/docker.sock", "--scan"))
                    .isEqualTo(1);
            assertThat(complaints.toString()).contains("has no host key");

            assertThat(admin("host", "add", uri, "--scan", "--name", "scanned")).isZero();
            String fingerprint = SshKeyTexts.fingerprint(machine.hostKey());
            assertThat(complaints.toString()).contains("Pinned is " + fingerprint);
            assertThat(said.toString()).contains("scanned").contains(fingerprint);

            machine.stop();
            assertThat(admin("host", "add", uri, "--scan", "--name", "gone")).isEqualTo(1);
            assertThat(complaints.toString()).contains("cannot be read");
            assertThat(said.toString()).doesNotContain("gone");
            assertThat(admin("host", "add", uri, "--host-key", machine.hostKey(), "--name", "again"))
                    .isEqualTo(1);
            assertThat(complaints.toString()).contains("Host scanned is at " + uri + " already");
            assertThat(admin("host", "add", "ssh://root@10.0.0.7", "--host-key", machine.hostKey(), "--name", "given"))
                    .isZero();
        }
    }

    @Test
    void a_host_is_given_up_only_with_a_reason_and_only_when_drained() {
        String key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILSiKKOz95sey1lWJ4hqpXhE4r/hpSowrgseQPmCcxFv";
        assertThat(admin("host", "add", "ssh://root@10.0.0.8", "--host-key", key, "--name", "burnt"))
                .isZero();

        assertThat(admin("host", "lost", "burnt")).isNotZero();
        assertThat(complaints.toString()).contains("--reason");
        assertThat(admin("host", "lost", "burnt", "--reason", "fire")).isEqualTo(1);
        assertThat(complaints.toString()).contains("drain it first");
        assertThat(admin("host", "drain", "burnt")).isZero();
        assertThat(admin("host", "sessions", "burnt")).isZero();
        assertThat(admin("host", "lost", "burnt", "--reason", "fire"))
                .as(complaints.toString())
                .isZero();
        said.getBuffer().setLength(0);
        assertThat(admin("audit", "list", "--limit", "1")).isZero();
        assertThat(said.toString()).contains("host.lost").contains("burnt");
    }

    @Test
    void a_disabled_user_shows_as_such_and_can_be_enabled_again() {
        admin("user", "add", "--email", "a@example.org");

        assertThat(admin("user", "disable", "a@example.org")).isZero();
        assertThat(said.toString()).contains("disabled");
        said.getBuffer().setLength(0);
        assertThat(admin("user", "enable", "a")).isZero();
        assertThat(said.toString()).contains("enabled");
    }

    @Test
    void a_database_of_an_older_release_gets_the_migrations_that_it_lacks_whatever_their_numbers() throws Exception {
        admin("user", "add", "--email", "a@example.org");
        String lacking = "delete from flyway_schema_history where version = '033'";
        try (Connection connection = DriverManager.getConnection(
                        System.getProperty("mimiry.database.url"),
                        System.getProperty("mimiry.database.username"),
                        System.getProperty("mimiry.database.password"));
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(lacking)).isEqualTo(1);

            assertThat(admin("user", "list")).as(complaints.toString()).isZero();

            assertThat(statement.executeUpdate(lacking)).isEqualTo(1);
        }
    }

    @Test
    void without_a_server_the_embedded_database_is_started_for_the_moment_and_keeps_what_was_done() throws Exception {
        forgetIt();
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
        Path data = directory.resolve("data");

        admin("--data", data.toString(), "user", "add", "--email", "a@example.org");
        said.getBuffer().setLength(0);
        admin("user", "list", "--json", "--data", data.toString());

        assertThat(json()).hasSize(1);
        try (DataDirectory free = DataDirectory.open(data)) {
            assertThat(free.root()).exists();
        }
    }

    private JsonNode json() throws Exception {
        return new ObjectMapper().readTree(said.toString());
    }

    private int admin(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "admin";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        return Main.commandLine()
                .setOut(new PrintWriter(said))
                .setErr(new PrintWriter(complaints, true))
                .execute(all);
    }
}
