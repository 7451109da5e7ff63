package com.mimiry.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.platform.Database;
import com.mimiry.platform.TestDatabase;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class SessionMetricsTest {
    private final Database database = TestDatabase.create();

    private double live(SessionState state) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        SessionMetrics metrics = new SessionMetrics(database, Clock.fixed(SessionFixture.T0, ZoneOffset.UTC), registry);
        assertThat(metrics).isNotNull();
        return registry.get("mimiry.sessions.live")
                .tag("state", state.text())
                .gauge()
                .value();
    }

    @Test
    void a_session_counts_in_its_state_until_its_machine_is_proven_gone() {
        assertThat(live(SessionState.SUBMITTED)).isZero();
        database.useTransaction(tx -> new SessionStore().insert(tx, new SessionFixture().row(), new byte[0]));
        assertThat(live(SessionState.SUBMITTED)).isEqualTo(1);
        assertThat(live(SessionState.STARTED)).isZero();
        database.useTransaction(tx -> tx.handle().execute("update session set state = 'failed'"));
        assertThat(live(SessionState.FAILED)).isEqualTo(1);
        database.useTransaction(tx -> tx.handle().execute("update session set terminated_at = now()"));
        assertThat(live(SessionState.FAILED)).isZero();
    }
}
