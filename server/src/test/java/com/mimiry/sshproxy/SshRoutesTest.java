package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.sessions.SshTargets.SshTarget;
import com.mimiry.sshproxy.FrontDoorFixture.TestKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who gets in, and where to. Each test has keys of its own, so that they share one front door. */
class SshRoutesTest {
    private static TestContainer one;
    private static TestContainer two;
    private static FrontDoorFixture fixture;

    @BeforeAll
    static void open() {
        one = new TestContainer();
        two = new TestContainer();
        one.shell("echo one > /tmp/who");
        two.shell("echo two > /tmp/who");
        fixture = new FrontDoorFixture();
    }

    @AfterAll
    static void close() {
        fixture.close();
        one.close();
        two.close();
    }

    @Test
    void a_key_that_reaches_nothing_is_refused() {
        Ran ran = fixture.run(fixture.newKey(), "127.0.0.1", "true").expect(255);

        assertThat(ran.errors()).contains("Permission denied (publickey)");
    }

    @Test
    void the_address_decides_before_the_user_name_and_the_key() {
        TestKey key = fixture.newKey();
        fixture.session(key, "first", "127.80.1.1", one);
        fixture.session(key, "second", "127.80.1.2", two);

        assertThat(who(key, "127.80.1.1")).isEqualTo("one\n");
        assertThat(who(key, "first@127.80.1.2")).isEqualTo("two\n");
    }

    @Test
    void the_address_of_somebody_elses_session_is_closed_to_a_key_that_has_others() {
        TestKey owner = fixture.newKey();
        fixture.session(owner, "private", "127.80.2.1", one);
        TestKey stranger = fixture.register(fixture.newKey());
        fixture.session(stranger, "own", null, two);

        assertThat(fixture.run(stranger, "127.80.2.1", "true").expect(255).errors())
                .contains("Permission denied");
    }

    @Test
    void the_user_name_is_an_id_or_a_name() {
        TestKey key = fixture.newKey();
        SshTarget first = fixture.session(key, "first", null, one);
        fixture.session(key, "second", null, two);

        assertThat(who(key, first.sessionId() + "@127.0.0.1")).isEqualTo("one\n");
        assertThat(who(key, "second@127.0.0.1")).isEqualTo("two\n");
        fixture.run(key, UUID.randomUUID() + "@127.0.0.1", "true").expect(255);
    }

    @Test
    void any_other_user_name_leads_to_the_only_session() {
        TestKey key = fixture.newKey();
        fixture.session(key, "only", null, one);

        assertThat(who(key, "root@127.0.0.1")).isEqualTo("one\n");
        assertThat(who(key, "127.0.0.1")).isEqualTo("one\n");
    }

    @Test
    void a_choice_is_listed_on_stderr_and_fails() {
        TestKey key = fixture.newKey();
        SshTarget first = fixture.session(key, "first", null, one);
        fixture.session(key, "second\u001b[31m", "127.80.3.1", two);

        Ran ran = fixture.run(key, "127.0.0.1", "true").expect(1);

        assertThat(ran.text()).isEmpty();
        assertThat(ran.errors())
                .contains("ssh -p " + fixture.door.port() + " " + first.sessionId() + "@127.0.0.1   # first, started")
                .contains("ssh -p " + fixture.door.port() + " 127.80.3.1   # second?[31m, started");
    }

    @Test
    void an_owner_without_sessions_is_told_so() {
        TestKey key = fixture.register(fixture.newKey());

        assertThat(fixture.run(key, "127.0.0.1", "true").expect(1).errors())
                .isEqualTo(
                        "mimiry: You have no session to log in to. Create one first, for example with: mirc session create\n");
    }

    @Test
    void a_session_that_refuses_says_why() {
        TestKey key = fixture.newKey();
        fixture.targets.add(key.fingerprint(), FakeTargets.refusing("pending", "The session is not running yet."));

        assertThat(fixture.run(key, "127.0.0.1", "true").expect(1).errors())
                .isEqualTo("mimiry: The session is not running yet.\n");
    }

    @Test
    void an_agents_twentieth_key_still_gets_in() {
        List<TestKey> keys = new ArrayList<>(Collections.nCopies(20, null).stream()
                .map(_ -> fixture.newKey())
                .toList());
        TestKey last = keys.getLast();
        fixture.session(last, "only", null, one);
        String add =
                String.join(" ", keys.stream().map(key -> key.file().toString()).toList());
        String ssh = String.join(" ", fixture.ssh(keys.getFirst(), "127.0.0.1", "cat", "/tmp/who"));

        Ran ran = Ran.command(List.of("ssh-agent", "bash", "-c", "ssh-add -q " + add + " && " + ssh), new byte[0]);

        assertThat(ran.expect(0).text()).isEqualTo("one\n");
    }

    @Test
    void every_common_kind_of_key_signs_in_and_a_certificate_does_not() {
        for (String[] kind :
                new String[][] {{"-t", "rsa", "-b", "3072"}, {"-t", "ecdsa", "-b", "256"}, {"-t", "ecdsa", "-b", "521"}
                }) {
            TestKey key = fixture.newKey(kind);
            fixture.session(key, "only", null, one);
            assertThat(who(key, "127.0.0.1")).as(String.join(" ", kind)).isEqualTo("one\n");
        }
        TestKey authority = fixture.newKey();
        TestKey certified = fixture.newKey();
        fixture.session(authority, "only", null, one);
        Ran.command(
                        List.of(
                                "ssh-keygen",
                                "-q",
                                "-s",
                                authority.file().toString(),
                                "-I",
                                "x",
                                "-n",
                                "root",
                                certified.file() + ".pub"),
                        new byte[0])
                .expect(0);

        fixture.run(certified, "root@127.0.0.1", "true").expect(255);
    }

    @Test
    void a_password_is_not_even_asked_for() {
        assertThat(fixture.run(
                                fixture.newKey(),
                                "-o",
                                "PreferredAuthentications=password,keyboard-interactive",
                                "127.0.0.1",
                                "true")
                        .expect(255)
                        .errors())
                .contains("Permission denied (publickey)");
    }

    private static String who(TestKey key, String destination) {
        return fixture.run(key, destination, "cat /tmp/who").expect(0).text();
    }
}
