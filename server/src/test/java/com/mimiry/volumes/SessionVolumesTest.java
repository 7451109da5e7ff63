package com.mimiry.volumes;

import static com.mimiry.volumes.SteppedVolumes.assertRefused;
import static com.mimiry.volumes.SteppedVolumes.atOnce;
import static com.mimiry.volumes.SteppedVolumes.codeOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who gets a volume of those who want it, and until when. */
class SessionVolumesTest {
    private final SteppedVolumes volumes = new SteppedVolumes();

    @Test
    void of_fifty_sessions_at_once_one_gets_the_volume() throws Exception {
        Volume volume = volumes.ready("data", 1);
        List<Object> outcomes = atOnce(50, _ -> volumes.attach(volume));

        List<Object> winners = outcomes.stream().filter(UUID.class::isInstance).toList();
        assertThat(winners).hasSize(1);
        assertThat(outcomes.stream().filter(ApiException.class::isInstance).map(e -> codeOf((Throwable) e)))
                .hasSize(49)
                .containsOnly(ErrorCode.VOLUME_IN_USE);
        assertThat(volumes.reload(volume).attachedTo()).isEqualTo(winners.getFirst());
    }

    @Test
    void one_that_is_attached_is_not_deleted_and_comes_free_by_itself() {
        Volume volume = volumes.ready("data", 1);
        UUID session = volumes.attach(volume);
        assertRefused(ErrorCode.VOLUME_IN_USE, () -> volumes.delete(volume));
        assertThat(volumes.sessions.mounts(List.of(session)))
                .containsEntry(session, List.of(new SessionVolumes.Mount(volume.id(), "data", "/data")));

        volumes.detach(session);
        assertThat(volumes.reload(volume).attachedTo()).isNull();
        UUID next = volumes.attach(volume);
        volumes.detach(session);
        assertThat(volumes.reload(volume).attachedTo())
                .as("only its holder gives it back")
                .isEqualTo(next);
        assertThat(volumes.sessions.mounts(List.of(session)))
                .as("what it had stays known")
                .containsKey(session);
        volumes.detach(next);
        assertThat(volumes.delete(volume).first()).isTrue();
        assertThat(volumes.delete(volume).first()).isFalse();
        assertRefused(ErrorCode.INVALID_STATE, () -> volumes.attach(volume));
    }

    @Test
    void two_sessions_that_want_the_same_volumes_in_different_order_never_wait_for_each_other() throws Exception {
        Volume one = volumes.ready("one", 1);
        Volume two = volumes.ready("two", 1);
        for (int round = 0; round < 20; round++) {
            List<Object> outcomes = atOnce(8, i -> {
                UUID session = UUID.randomUUID();
                List<ChosenVolume> chosen = volumes.sessions.choose(
                        volumes.organization,
                        List.of(
                                new MountRequest("a", i % 2 == 0 ? one.id() : two.id(), null, "/a"),
                                new MountRequest("b", i % 2 == 0 ? two.id() : one.id(), null, "/b")));
                volumes.database.useTransaction(
                        tx -> volumes.sessions.attach(tx, session, chosen, volumes.clock.instant()));
                return session;
            });
            List<Object> winners =
                    outcomes.stream().filter(UUID.class::isInstance).toList();
            assertThat(winners).hasSize(1);
            volumes.detach((UUID) winners.getFirst());
        }
    }

    @Test
    void what_a_session_asks_for_has_to_be_there_once() {
        volumes.ready("data", 1);
        assertThatThrownBy(() -> volumes.sessions.choose(
                        volumes.organization,
                        List.of(new MountRequest("volume_mounts[0].volume_name", null, "dat", "/d"))))
                .hasMessageContaining("\"dat\"");
        assertThatThrownBy(() ->
                        volumes.sessions.choose(UUID.randomUUID(), List.of(new MountRequest("x", null, "data", "/d"))))
                .as("another organization's")
                .isInstanceOf(ApiException.class);
        assertThatThrownBy(() -> volumes.sessions.choose(
                        volumes.organization,
                        List.of(new MountRequest("x", null, "data", "/d"), new MountRequest("y", null, "data", "/e"))))
                .hasMessageContaining("twice");
    }
}
