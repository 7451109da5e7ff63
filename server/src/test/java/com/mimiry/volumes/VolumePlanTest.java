package com.mimiry.volumes;

import static com.mimiry.volumes.VolumeFixture.T0;
import static com.mimiry.volumes.VolumeFixture.absent;
import static com.mimiry.volumes.VolumeFixture.after;
import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.providers.VolumeProvider.State;
import com.mimiry.volumes.VolumeDecision.Adopt;
import com.mimiry.volumes.VolumeDecision.Close;
import com.mimiry.volumes.VolumeDecision.Create;
import com.mimiry.volumes.VolumeDecision.Destroy;
import com.mimiry.volumes.VolumeDecision.Fail;
import com.mimiry.volumes.VolumeDecision.Finished;
import com.mimiry.volumes.VolumeDecision.NoteAbsence;
import com.mimiry.volumes.VolumeDecision.Pause;
import com.mimiry.volumes.VolumeDecision.Resize;
import com.mimiry.volumes.VolumeDecision.Rest;
import com.mimiry.volumes.VolumeDecision.ShowDeleting;
import com.mimiry.volumes.VolumeDecision.Vanish;
import org.junit.jupiter.api.Test;

class VolumePlanTest {
    private static final VolumeSight UNSEEN = new VolumeSight.Unseen();

    @Test
    void rule_1_a_new_volume_is_asked_for() {
        assertThat(new VolumeFixture().next(UNSEEN, after(1))).isEqualTo(new Create());
    }

    @Test
    void rule_2_one_that_was_asked_for_is_looked_for_and_not_asked_for_again_until_its_absence_is_proven() {
        VolumeFixture volume = new VolumeFixture();
        volume.createAskedAt = T0;

        assertThat(VolumePlan.looks(volume.row())).isTrue();
        assertThat(volume.next(UNSEEN, after(500))).isInstanceOf(Pause.class);
        assertThat(volume.next(absent(9), after(9))).isInstanceOf(Pause.class);
        assertThat(volume.next(absent(9), after(60)))
                .as("a listing that began too early proves nothing, however late it is looked at")
                .isInstanceOf(Pause.class);
        assertThat(volume.next(absent(10), after(11))).isEqualTo(new Create());
        assertThat(volume.next(volume.listed(State.READY), after(11)))
                .isEqualTo(new Adopt(volume.listed(State.READY).held()));
    }

    @Test
    void one_that_is_still_being_made_is_waited_for() {
        VolumeFixture volume = new VolumeFixture();
        volume.createAskedAt = T0;

        assertThat(volume.next(volume.listed(State.MAKING), after(5))).isInstanceOf(Pause.class);
        assertThat(volume.next(volume.listed(State.MAKING), after(20)))
                .as("asking again for one of the same tag does no harm, and may be needed")
                .isEqualTo(new Create());
    }

    @Test
    void one_that_never_gets_ready_is_ended_and_failed_only_when_nothing_of_it_is_left() {
        VolumeFixture volume = new VolumeFixture();
        volume.createAskedAt = after(595);

        assertThat(volume.next(volume.listed(State.MAKING), after(601))).isEqualTo(new Destroy());
        volume.destroyAskedAt = after(601);
        assertThat(volume.next(volume.listed(State.MAKING), after(605))).isInstanceOf(Pause.class);
        assertThat(volume.next(volume.listed(State.MAKING), after(611))).isEqualTo(new Destroy());
        assertThat(volume.next(UNSEEN, after(700))).isInstanceOf(Pause.class);
        assertThat(volume.next(absent(604), after(700))).isInstanceOf(Pause.class);
        assertThat(volume.next(absent(612), after(613))).isInstanceOf(Fail.class);
    }

    @Test
    void one_that_is_there_rests_and_nothing_is_looked_at() {
        assertThat(VolumePlan.looks(VolumeFixture.ready().row())).isFalse();
        assertThat(VolumeFixture.ready().next(UNSEEN, after(100))).isEqualTo(new Rest());
    }

    @Test
    void one_that_shall_be_larger_is_grown() {
        VolumeFixture volume = VolumeFixture.ready();
        volume.wantedGb = 20;

        assertThat(volume.next(UNSEEN, after(100))).isEqualTo(new Resize());
    }

    @Test
    void rule_4_one_that_a_sweep_missed_is_failed_only_when_a_second_listing_misses_it_too() {
        VolumeFixture volume = VolumeFixture.ready();
        volume.absentSince = after(100);

        assertThat(VolumePlan.looks(volume.row())).isTrue();
        assertThat(volume.next(UNSEEN, after(1000))).isInstanceOf(Pause.class);
        assertThat(volume.next(absent(101), after(1000))).isInstanceOf(Pause.class);
        assertThat(volume.next(absent(102), after(102))).isEqualTo(new Vanish(after(100)));
        assertThat(volume.next(absent(118), after(118)))
                .as("nobody looked for long")
                .isEqualTo(new NoteAbsence(after(118)));
        assertThat(volume.next(volume.listed(State.READY), after(102))).isEqualTo(new NoteAbsence(null));
    }

    @Test
    void rule_3_a_deleted_one_is_gone_when_two_listings_after_the_request_miss_it() {
        VolumeFixture volume = VolumeFixture.ready().deleting();
        volume.operation = VolumeOperation.DETACHING;

        assertThat(volume.next(UNSEEN, after(1))).isEqualTo(new ShowDeleting());
        volume.operation = VolumeOperation.DELETING;
        assertThat(volume.next(UNSEEN, after(1))).isEqualTo(new Destroy());
        volume.destroyAskedAt = after(2);
        assertThat(volume.next(UNSEEN, after(900))).isInstanceOf(Pause.class);
        assertThat(volume.next(absent(1), after(900))).isInstanceOf(Pause.class);
        assertThat(volume.next(absent(3), after(3))).isEqualTo(new NoteAbsence(after(3)));
        volume.absentSince = after(3);
        assertThat(volume.next(absent(4), after(4))).isInstanceOf(Pause.class);
        assertThat(volume.next(volume.listed(State.READY), after(4))).isEqualTo(new NoteAbsence(null));
        assertThat(volume.next(absent(5), after(5))).isEqualTo(new Close(after(3)));
    }

    @Test
    void rule_3_an_end_that_is_not_obeyed_is_asked_for_again_for_ever() {
        VolumeFixture volume = VolumeFixture.ready().deleting();
        volume.destroyAskedAt = after(2);

        assertThat(volume.next(volume.listed(State.READY), after(11))).isInstanceOf(Pause.class);
        assertThat(volume.next(volume.listed(State.READY), after(12))).isEqualTo(new Destroy());
        assertThat(volume.next(volume.listed(State.READY), after(1_000_000))).isEqualTo(new Destroy());
    }

    @Test
    void one_deleted_while_it_may_still_be_made_is_waited_for_until_that_is_proven_not_to_happen() {
        VolumeFixture volume = new VolumeFixture().deleting();
        volume.createAskedAt = after(5);
        volume.destroyAskedAt = after(6);
        volume.absentSince = after(7);

        assertThat(volume.next(absent(14), after(14))).isInstanceOf(Pause.class);
        assertThat(volume.next(absent(15), after(15))).isEqualTo(new Close(after(7)));
    }

    @Test
    void a_failed_one_is_at_rest_until_it_is_deleted() {
        VolumeFixture volume = new VolumeFixture();
        volume.state = VolumeState.FAILED;
        volume.operation = VolumeOperation.NONE;

        assertThat(volume.next(UNSEEN, after(1))).isEqualTo(new Finished());
        volume.deleteRequestedAt = after(1);
        assertThat(volume.next(UNSEEN, after(2))).isEqualTo(new ShowDeleting());
        volume.state = VolumeState.DELETED;
        assertThat(volume.next(UNSEEN, after(3))).isEqualTo(new Finished());
    }
}
