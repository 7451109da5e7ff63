package com.mimiry.it;

import static com.mimiry.it.TestUser.withVolume;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A host with volumes that loses its power. */
class VolumeRebootIT {
    @Test
    void contents_outlive_a_reboot_of_the_host() {
        try (VolumeDirectory directory = VolumeDirectory.anew();
                PrivateDocker docker = PrivateDocker.start()) {
            docker.load(TestImage.name());
            try (MimiryServer server = MimiryServer.start(Map.of(
                    "mimiry.docker.hosts.local.uri",
                    docker.uri(),
                    "mimiry.docker.hosts.local.gpus",
                    "T4:8",
                    "mimiry.docker.volumes.directory",
                    directory.toString(),
                    "mimiry.containers.call-timeout",
                    "3S"))) {
                TestUser user = server.user("100");
                String id = user.readyVolume("data", 1, "");
                String cut = user.create(withVolume("data", "echo kept > /data/file; sync; echo begun; sleep 1000"));
                user.awaitState(cut, "started");
                user.awaitSession(cut, _ -> user.logs(cut, "?timestamps=false").contains("begun"));
                docker.cutPower();
                docker.startAgain();
                JsonNode lost = user.awaitSession(
                        cut, session -> !session.get("terminated_at").isNull());
                assertThat(lost.get("stop_reason").asText()).isEqualTo("provider_lost");
                assertThat(user.volume(id).get("attached_to").asText()).isEmpty();
                String after = user.create(withVolume("data", "cat /data/file"));
                JsonNode ended = user.awaitState(after, "terminated", "failed");
                assertThat(ended.get("exit_code").asInt(-1))
                        .as(() -> ended + server.log())
                        .isZero();
                assertThat(user.logs(after, "?timestamps=false")).isEqualTo("kept\n");
            }
        }
    }
}
