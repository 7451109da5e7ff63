package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.sessions.SshTargets.SshTarget;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class RoutingTest {
    private final SshTarget one = FakeTargets.running("one", "127.80.0.1", "c1");
    private final SshTarget two = FakeTargets.running("two", null, "c2");
    private final SshTarget pending = FakeTargets.refusing("pending", "It is not running yet.");

    @Test
    void the_address_dialled_comes_first() {
        assertThat(route("127.80.0.1", "two", one, two)).isEqualTo(new Route.Into(one));
    }

    @Test
    void an_address_of_somebody_elses_session_is_denied() {
        assertThat(route("127.80.0.9", "two", one, two)).isEqualTo(new Route.Denied());
    }

    @Test
    void then_the_user_name_as_id_or_name() {
        assertThat(route("127.0.0.1", two.sessionId().toString().toUpperCase(Locale.ROOT), one, two))
                .isEqualTo(new Route.Into(two));
        assertThat(route("127.0.0.1", "two", one, two)).isEqualTo(new Route.Into(two));
    }

    @Test
    void an_id_that_the_key_does_not_reach_never_leads_elsewhere() {
        assertThat(route("127.0.0.1", UUID.randomUUID().toString(), one)).isEqualTo(new Route.Denied());
    }

    @Test
    void then_the_only_session_that_runs_whatever_the_user_name() {
        assertThat(route("127.0.0.1", "root", one)).isEqualTo(new Route.Into(one));
        assertThat(route("127.0.0.1", "root", pending, one)).isEqualTo(new Route.Into(one));
    }

    @Test
    void a_lone_session_that_refuses_is_asked_for_its_reason() {
        assertThat(route("127.0.0.1", "root", pending)).isEqualTo(new Route.Into(pending));
    }

    @Test
    void otherwise_the_person_chooses() {
        assertThat(route("127.0.0.1", "root", one, two)).isEqualTo(new Route.Ambiguous(List.of(one, two)));
        assertThat(route("127.0.0.1", "root")).isEqualTo(new Route.Ambiguous(List.of()));
    }

    @Test
    void sessions_of_the_same_name_are_told_apart_by_who_runs() {
        SshTarget twin = FakeTargets.running("two", null, "c3");

        assertThat(route("127.0.0.1", "two", one, two, twin)).isEqualTo(new Route.Ambiguous(List.of(two, twin)));
    }

    @Test
    void an_ipv6_address_matches_however_it_is_written() {
        SshTarget six = FakeTargets.running("six", "2001:db8::1", "c6");

        assertThat(Routing.route(InetAddress.ofLiteral("2001:db8:0:0:0:0:0:1"), "x", List.of(six, two), _ -> true))
                .isEqualTo(new Route.Into(six));
    }

    private static Route route(String dialled, String userName, SshTarget... reachable) {
        return Routing.route(
                InetAddress.ofLiteral(dialled),
                userName,
                List.of(reachable),
                address -> address.getHostAddress().equals("127.80.0.9"));
    }
}
