package com.mimiry.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.providers.VolumeProvider.State;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Walks random volumes through random providers by virtual time: answers that are lost, volumes that come late or vanish,
 * listings that are not to be had. A failing seed is in the message and walks the same way again.
 */
class VolumePlanWalkTest {
    private static final int SEEDS = 3_000;

    @Test
    void rule_9_every_volume_is_made_once_and_leaves_nothing_when_deleted_whatever_happens() {
        Set<String> moves = new TreeSet<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            moves.addAll(new Walk(seed).run());
        }
        assertThat(moves).as("the moves that docs/LIFECYCLES.md draws").isEqualTo(drawn());
    }

    private static Set<String> drawn() {
        try {
            String page = Files.readString(Path.of("..", "docs", "LIFECYCLES.md"));
            String part = page.substring(page.indexOf("## A volume"));
            return part.lines()
                    .map(String::strip)
                    .filter(line -> line.matches("[a-z_]+ --> [a-z_]+"))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Walk {
        private final long seed;
        private final SplittableRandom random;
        private final VolumeFixture volume = new VolumeFixture();
        private final Set<String> moves = new TreeSet<>();
        private final List<String> story = new ArrayList<>();
        private final boolean slow;
        private final boolean stuck;
        private Instant now = VolumeFixture.T0;
        private boolean there;
        private boolean complete;
        private int made;
        private int closed;

        Walk(long seed) {
            this.seed = seed;
            this.random = new SplittableRandom(seed);
            this.slow = random.nextInt(4) == 0;
            this.stuck = random.nextInt(20) == 0;
        }

        /** @return the moves from state to state */
        Set<String> run() {
            Instant deleteAt = now.plusSeconds(random.nextInt(1500));
            Instant vanishAt = random.nextInt(4) == 0 ? now.plusSeconds(random.nextInt(1500)) : Instant.MAX;
            for (int i = 0; i < 20_000; i++) {
                if (!now.isBefore(deleteAt) && volume.deleteRequestedAt == null) {
                    volume.deleteRequestedAt = now;
                    volume.operation = VolumeOperation.DETACHING;
                }
                if (!now.isBefore(vanishAt) && volume.state == VolumeState.PROVISIONED) {
                    there = false;
                    vanishAt = Instant.MAX;
                }
                sweep();
                VolumeDecision decision =
                        volume.next(VolumePlan.looks(volume.row()) ? sight() : new VolumeSight.Unseen(), now);
                story.add(now + " " + volume.state + "/" + volume.operation + " " + decision);
                now = now.plusMillis(1 + random.nextInt(50));
                if (decision instanceof VolumeDecision.Finished && volume.deleteRequestedAt != null) {
                    check(!there, "something is left at the provider");
                    check(volume.state == VolumeState.DELETED, "it is not deleted");
                    check(closed == 1, "its bill was closed " + closed + " times");
                    return moves;
                }
                if (decision instanceof VolumeDecision.Finished) {
                    now = deleteAt;
                    continue;
                }
                VolumeState before = volume.state;
                apply(decision);
                if (volume.state != before) {
                    moves.add(before.text() + " --> " + volume.state.text());
                }
            }
            check(false, "it never came to rest");
            return moves;
        }

        private void check(boolean holds, String otherwise) {
            assertThat(holds)
                    .as(() -> "seed " + seed + ": " + otherwise + "\n"
                            + String.join("\n", story.subList(Math.max(0, story.size() - 30), story.size())))
                    .isTrue();
        }

        private void sweep() {
            if (random.nextInt(50) == 0
                    && volume.state == VolumeState.PROVISIONED
                    && volume.deleteRequestedAt == null
                    && volume.absentSince == null
                    && !there) {
                volume.absentSince = now;
            }
        }

        private VolumeSight sight() {
            if (random.nextInt(4) == 0) {
                return new VolumeSight.Unseen();
            }
            if (there && !complete && !stuck && random.nextInt(5) == 0) {
                complete = true;
            }
            return there ? volume.listed(complete ? State.READY : State.MAKING) : new VolumeSight.Absent(now);
        }

        private void apply(VolumeDecision decision) {
            // A crash before the write: the effect is there, the row does not know.
            boolean lost = random.nextInt(6) == 0;
            switch (decision) {
                case VolumeDecision.Pause(Duration duration) -> now = now.plus(duration);
                case VolumeDecision.Rest _ -> now = now.plusSeconds(60);
                case VolumeDecision.Finished _ -> {}
                case VolumeDecision.Create _ -> create(lost);
                case VolumeDecision.Adopt _ -> provisioned();
                case VolumeDecision.Fail _ -> {
                    check(!there, "it was failed while something of it is there");
                    failed();
                    closed++;
                }
                case VolumeDecision.Resize _ -> volume.sizeGb = volume.wantedGb;
                case VolumeDecision.ShowDeleting _ -> volume.operation = VolumeOperation.DELETING;
                case VolumeDecision.Destroy _ -> destroy(lost);
                case VolumeDecision.NoteAbsence(Instant since) -> volume.absentSince = since;
                case VolumeDecision.Vanish _ -> {
                    check(!there, "it was called gone while it is there");
                    failed();
                    closed++;
                }
                case VolumeDecision.Close _ -> {
                    check(!there, "it was closed while it is there");
                    if (volume.state != VolumeState.FAILED) {
                        closed++;
                    }
                    volume.state = VolumeState.DELETED;
                    volume.operation = VolumeOperation.NONE;
                }
            }
        }

        private void failed() {
            volume.state = VolumeState.FAILED;
            volume.operation = VolumeOperation.NONE;
        }

        private void provisioned() {
            volume.state = VolumeState.PROVISIONED;
            volume.operation = VolumeOperation.NONE;
            volume.provisionedAt = now;
            volume.absentSince = null;
            volume.wantedGb = random.nextBoolean() ? 20 : 10;
        }

        private void create(boolean lost) {
            volume.createAskedAt = now;
            if (random.nextInt(5) == 0) {
                return;
            }
            if (!there) {
                made++;
                check(made <= 1 || volume.provisionedAt == null, "it was made anew after it had been there");
            }
            there = true;
            complete = !slow && !stuck;
            if (complete && !lost) {
                provisioned();
            }
        }

        private void destroy(boolean lost) {
            if (random.nextInt(3) > 0) {
                there = false;
            }
            if (!lost) {
                volume.destroyAskedAt = now;
                volume.absentSince = null;
            }
        }
    }
}
