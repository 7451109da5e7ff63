package com.mimiry.providers.verda;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.providers.Holdings.Verdict;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.VolumeProvider.Attachment;
import com.mimiry.simulator.verda.Boot;
import com.mimiry.simulator.verda.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;

/**
 * One seed's history: who wants machines and volumes, and what goes wrong meanwhile. The adapter and its rows are real, and
 * so is HTTP; the account is emulated, and time is the test's. The adapter is killed at any look at its clock, that is before
 * and after its effects, and goes on as a new one on the same rows.
 */
final class VerdaFuzz implements AutoCloseable {
    private static final String PLACE = VerdaFixture.PLACE;
    private static final List<Fault> UNCLEAR = List.of(
            Fault.ERROR_500,
            Fault.ERROR_500_AFTER_EFFECT,
            Fault.HTML_502_AFTER_EFFECT,
            Fault.GARBAGE_AFTER_EFFECT,
            Fault.RESET,
            Fault.RESET_AFTER_EFFECT);

    final List<String> story = new ArrayList<>();
    private final SplittableRandom random;
    private final VerdaFixture verda;
    private final Map<UUID, Wish> machines = new LinkedHashMap<>();
    private final Map<UUID, Wish> volumes = new LinkedHashMap<>();
    private final Set<String> reclaimed = new HashSet<>();
    private final Map<String, Integer> seen = new TreeMap<>();
    private VerdaProvider provider;

    VerdaFuzz(long seed) {
        random = new SplittableRandom(seed);
        verda = new VerdaFixture();
        verda.emulator.listsPerMinute(Integer.MAX_VALUE);
        verda.provider.offers();
        provider = fresh();
        verda.emulator.faults().byChance(seed, random.nextDouble(0.02, 0.2));
    }

    /** What the owner of a row knows. */
    private static final class Wish {
        private final LaunchRequest machine;
        private final VolumeProvider.Request volume;
        private boolean wanted = true;
        private boolean refused;
        /** Of a machine: that it is proven gone after its end was asked for. Of a volume: the same. */
        private boolean gone;

        private UUID holder;

        Wish(LaunchRequest machine, VolumeProvider.Request volume) {
            this.machine = machine;
            this.volume = volume;
        }
    }

    private VerdaProvider fresh() {
        return verda.another(Map.of(
                "mimiry.providers.verda.simulated", "true",
                "mimiry.providers.verda.lists-per-minute", "1000000",
                "mimiry.providers.verda.records-per-minute", "1000000",
                "mimiry.providers.verda.call-timeout", "400ms"));
    }

    void live(int steps) {
        for (int i = 0; i < steps; i++) {
            step();
        }
    }

    private void step() {
        switch (random.nextInt(16)) {
            case 0, 1, 2 -> launch();
            case 3 ->
                machine()
                        .ifPresent(wish -> ask("launch again", wish.machine.tag(), () -> {
                            if (wish.wanted) {
                                provider.launch(wish.machine);
                            }
                        }));
            case 4, 5 -> machine().ifPresent(this::end);
            case 6, 7 -> list();
            case 8 -> newVolume();
            case 9 -> volume().ifPresent(this::endVolume);
            case 10 -> listVolumes();
            case 11 -> sweep();
            case 12 -> mishap();
            case 13 -> provider = fresh();
            default -> verda.clock.advance(Duration.ofSeconds(random.nextInt(1, 90)));
        }
    }

    private void launch() {
        UUID tag = new UUID(random.nextLong(), random.nextLong());
        List<Attachment> with = new ArrayList<>();
        volumes.forEach((id, wish) -> {
            if (with.isEmpty() && wish.wanted && wish.holder == null && random.nextBoolean()) {
                with.add(new Attachment(id, id.toString()));
                wish.holder = tag;
            }
        });
        Offer offer = VerdaFuzz.offer(random.nextInt(3) == 0);
        Wish wish = new Wish(new LaunchRequest(tag, tag, offer, with), null);
        machines.put(tag, wish);
        // The create is the one call that cannot be asked again.
        if (random.nextInt(4) == 0) {
            verda.emulator.faults().next("POST /instances", UNCLEAR.get(random.nextInt(UNCLEAR.size())));
        }
        ask("launch", tag, () -> {
            try {
                provider.launch(wish.machine);
            } catch (ProviderFailure.Unavailable e) {
                throw e;
            } catch (ProviderFailure e) {
                wish.refused = true;
                wish.wanted = false;
                wish.gone = true;
                release(tag);
                throw e;
            }
        });
    }

    static Offer offer(boolean spot) {
        return new Offer(
                "verda",
                PLACE,
                VerdaOffers.reference(VerdaFixture.KIND, spot),
                "H100 SXM5 80GB",
                80 * 1024,
                1,
                1,
                com.mimiry.platform.Money.ofEuros("2.841"),
                30,
                120 * 1024,
                java.util.OptionalInt.empty(),
                true,
                spot,
                false);
    }

    private void end(Wish wish) {
        wish.wanted = false;
        ask("destroy", wish.machine.tag(), () -> provider.destroy(wish.machine.tag()));
    }

    private void list() {
        ask("list", null, () -> {
            Provider.Listing listing = provider.listing();
            Set<UUID> shown = new HashSet<>();
            listing.machines().forEach(machine -> shown.add(machine.tag()));
            machines.forEach((tag, wish) -> {
                if (!shown.contains(tag) && listing.provesAbsent().test(tag)) {
                    assertThat(verda.emulator.account().live().values())
                            .as("%s was said to be nowhere", tag)
                            .doesNotContain(tag.toString());
                    if (!wish.wanted) {
                        wish.gone = true;
                        release(tag);
                    }
                }
            });
        });
    }

    private void release(UUID machine) {
        volumes.values().stream()
                .filter(volume -> machine.equals(volume.holder))
                .forEach(volume -> volume.holder = null);
    }

    private void newVolume() {
        UUID tag = new UUID(random.nextLong(), random.nextLong());
        Wish wish = new Wish(null, new VolumeProvider.Request(tag, 10, PLACE, "NVMe", PLACE));
        volumes.put(tag, wish);
        make(tag, wish);
    }

    private void make(UUID tag, Wish wish) {
        ask("make volume", tag, () -> disks().create(wish.volume));
    }

    private void endVolume(Wish wish) {
        if (wish.holder == null) {
            wish.wanted = false;
            ask("destroy volume", wish.volume.tag(), () -> disks().destroy(wish.volume.tag()));
        }
    }

    private void listVolumes() {
        ask("list volumes", null, () -> {
            VolumeProvider.Listing listing = disks().listing();
            Set<UUID> shown = new HashSet<>();
            listing.volumes().forEach(held -> shown.add(held.tag()));
            volumes.forEach((tag, wish) -> {
                if (!wish.wanted
                        && !shown.contains(tag)
                        && listing.provesAbsent().test(tag)) {
                    wish.gone = true;
                }
            });
        });
    }

    private VolumeProvider disks() {
        return provider.volumes().orElseThrow();
    }

    private void sweep() {
        ask(
                "sweep",
                null,
                () -> provider.leftovers().look().items().stream()
                        .filter(item -> item.verdict() == Verdict.ORPHAN || item.verdict() == Verdict.MISSING)
                        .forEach(item -> provider.leftovers().settle(item)));
    }

    private void mishap() {
        List<String> live = List.copyOf(verda.emulator.account().live().keySet());
        switch (random.nextInt(5)) {
            case 0 -> {
                Boot.Plan[] plans = Boot.Plan.values();
                verda.emulator
                        .account()
                        .boot(new Boot(
                                plans[random.nextInt(plans.length)],
                                Duration.ofSeconds(20),
                                Duration.ofSeconds(random.nextInt(20, 120)),
                                Duration.ofSeconds(random.nextInt(1, 30))));
            }
            case 1 -> {
                if (!live.isEmpty()) {
                    String id = live.get(random.nextInt(live.size()));
                    reclaimed.add(verda.emulator.account().live().get(id));
                    verda.emulator.account().reclaim(id);
                    note("reclaimed", null, id);
                }
            }
            case 2 -> {
                if (!live.isEmpty()) {
                    verda.emulator.account().changeAddress(live.get(random.nextInt(live.size())));
                }
            }
            case 3 -> verda.emulator.account().room(VerdaFixture.KIND, PLACE, random.nextInt(3) * 50);
            default -> verda.emulator.account().trashVolumes();
        }
    }

    private Optional<Wish> machine() {
        return pick(machines);
    }

    private Optional<Wish> volume() {
        return pick(volumes);
    }

    private Optional<Wish> pick(Map<UUID, Wish> wishes) {
        List<Wish> open = wishes.values().stream().filter(wish -> !wish.gone).toList();
        return open.isEmpty() ? Optional.empty() : Optional.of(open.get(random.nextInt(open.size())));
    }

    /** One call of the adapter, which may be killed in the middle of it. */
    private void ask(String what, UUID tag, Runnable call) {
        verda.mortal.dieAt(random.nextInt(8) == 0 ? random.nextInt(1, 12) : 0);
        String outcome;
        try {
            call.run();
            outcome = "done";
        } catch (ProviderFailure e) {
            outcome = e.getClass().getSimpleName() + ": " + e.getMessage();
        } catch (MortalClock.Killed _) {
            outcome = "killed";
        }
        if (verda.mortal.hasDied()) {
            provider = fresh();
            outcome = outcome + " (killed)";
        }
        verda.mortal.dieAt(0);
        note(what, tag, outcome);
    }

    private void note(String what, UUID tag, String outcome) {
        seen.merge(what + " " + outcome.replaceFirst(":.*", ""), 1, Integer::sum);
        story.add("%s %s %s: %s".formatted(verda.clock.instant(), what, tag == null ? "" : tag, outcome));
    }

    /** No more faults; everybody asks until they have what they want. */
    void settle() {
        verda.emulator.faults().none();
        verda.emulator.account().room(VerdaFixture.KIND, PLACE, 1_000);
        for (int i = 0; i < 14; i++) {
            machines.values().stream()
                    .filter(wish -> !wish.wanted && !wish.refused)
                    .forEach(wish -> provider.destroy(wish.machine.tag()));
            list();
            volumes.forEach((tag, wish) -> {
                if (wish.wanted) {
                    make(tag, wish);
                } else {
                    disks().destroy(tag);
                }
            });
            listVolumes();
            sweep();
            verda.clock.advance(Duration.ofSeconds(31));
        }
    }

    void audit() {
        var account = verda.emulator.account();
        Map<String, Integer> created = account.createdByMachine();
        assertThat(created)
                .as("created once for each tag")
                .allSatisfy((tag, times) -> assertThat(times).isEqualTo(1));
        List<String> wanted = new ArrayList<>();
        machines.forEach((tag, wish) -> {
            boolean made = created.containsKey(tag.toString());
            assertThat(wish.refused && made).as("%s was refused, and made", tag).isFalse();
            assertThat(wish.wanted || wish.gone)
                    .as("the end of %s is proven", tag)
                    .isTrue();
            if (wish.wanted && made && !reclaimed.contains(tag.toString())) {
                wanted.add(tag.toString());
            }
        });
        assertThat(account.live().values()).as("machines").containsExactlyInAnyOrderElementsOf(wanted);
        List<String> disks = new ArrayList<>();
        wanted.forEach(tag -> disks.add(VerdaNames.osVolume(UUID.fromString(tag))));
        volumes.forEach((tag, wish) -> {
            assertThat(wish.wanted || wish.gone)
                    .as("the end of volume %s is proven", tag)
                    .isTrue();
            if (wish.wanted) {
                disks.add(VerdaNames.volume(tag));
            }
        });
        assertThat(account.diskNames()).as("disks").containsExactlyInAnyOrderElementsOf(disks);
        assertThat(account.volumes().values()).as("volumes").doesNotContain("trashed");
        assertThat(account.scriptNames())
                .as("scripts")
                .allSatisfy(name -> assertThat(wanted).anyMatch(name::endsWith));
        assertThat(account.sshKeyNames()).as("keys").hasSizeLessThanOrEqualTo(1);
    }

    /** What happened how often, with the faults that were injected. */
    String figures() {
        return seen + " faults " + verda.emulator.faults().injected();
    }

    @Override
    public void close() {
        verda.close();
    }
}
