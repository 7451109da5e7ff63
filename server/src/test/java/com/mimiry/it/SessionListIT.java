package com.mimiry.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What clients that poll ask the list for. */
class SessionListIT {
    private static final String SESSIONS = "/api/compute/v1/sessions";

    private final TestUser user = MimiryServer.shared().user("100");

    private List<String> ids(String query) {
        List<String> ids = new ArrayList<>();
        JsonNode page = user.get(SESSIONS + query).expect(200).json();
        page.get("sessions").forEach(session -> ids.add(session.get("id").asText()));
        return ids;
    }

    @Test
    void every_filter_narrows_it_and_the_newest_come_first() {
        String ended = user.create("\"command\":\"true\"");
        user.awaitState(ended, "terminated");
        String failed = user.create("\"command\":\"exit 3\"");
        user.awaitState(failed, "failed");
        String running = user.create("\"auto_terminate\":false");
        JsonNode started = user.awaitState(running, "started");

        assertThat(ids("")).containsExactly(running, failed, ended);
        assertThat(ids("?state=started")).containsExactly(running);
        assertThat(ids("?state=STARTED,failed")).containsExactly(running, failed);
        assertThat(ids("?state_not=terminated,failed")).containsExactly(running);
        assertThat(ids("?operation=starting,stopping")).isEmpty();
        assertThat(ids("?operation_not=starting,stopping,terminating")).contains(running);
        String updatedAt = started.get("updated_at").asText();
        assertThat(ids("?updated_after=" + updatedAt)).isEmpty();
        assertThat(ids("?updated_before=" + updatedAt)).containsExactly(failed, ended);

        JsonNode second = user.get(SESSIONS + "?limit=1&offset=1").expect(200).json();
        assertThat(second.get("total").asInt()).isEqualTo(3);
        assertThat(second.get("limit").asInt()).isEqualTo(1);
        assertThat(second.get("offset").asInt()).isEqualTo(1);
        assertThat(second.get("sessions")).hasSize(1);
        assertThat(second.get("sessions").get(0).get("id").asText()).isEqualTo(failed);

        String address = SESSIONS + "/" + ended + "?events_tail=";
        assertThat(user.get(address + "0").expect(200).json().get("events")).isEmpty();
        assertThat(user.get(address + "2").expect(200).json().get("events")).hasSize(2);
        assertThat(user.get(address + "-1").expect(200).json().get("events").size())
                .isGreaterThan(4);
        user.end(running).expect(202);
        user.awaitState(running, "terminated");
    }
}
