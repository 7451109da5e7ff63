package com.mimiry.providers.docker;

import static com.mimiry.providers.docker.FleetFixture.FAR;
import static com.mimiry.providers.docker.FleetFixture.NEAR;
import static com.mimiry.providers.docker.FleetFixture.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.platform.Transaction;
import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.Provider.Listing;
import com.mimiry.providers.Provider.Machine;
import com.mimiry.providers.ProviderFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class DockerFleetTest {
    private final FleetFixture it = new FleetFixture();

    @Test
    void a_host_with_volumes_is_not_removed_and_its_operator_is_told_which() {
        UUID volume = it.volume("far");
        it.drain("far");

        assertThatThrownBy(() -> it.remove("far"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("volumes")
                .hasMessageContaining(volume.toString());
        assertThat(it.fleet.list())
                .filteredOn(host -> host.name().equals("far"))
                .singleElement()
                .extracting(DockerFleet.Host::volumes)
                .isEqualTo(1);

        it.volumes.destroy(volume);
        it.remove("far");
        assertThat(it.volumes.listing().gaps()).isEmpty();
    }

    @Test
    void a_host_s_sessions_are_named_to_its_operator() {
        LaunchRequest running = it.launch("far", FAR);
        it.drain("far");

        assertThat(it.fleet.list())
                .filteredOn(host -> host.name().equals("far"))
                .singleElement()
                .satisfies(host -> {
                    assertThat(host.sessions()).containsExactly(running.sessionId());
                    assertThat(host.machines()).isEqualTo(1);
                });
        assertThatThrownBy(() -> it.remove("far"))
                .hasMessageContaining(running.sessionId().toString());
    }

    @Test
    void one_machine_is_not_added_under_two_names() {
        assertThatThrownBy(() -> it.add(FAR, "again"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("far");
    }

    @Test
    void a_launch_that_waited_while_its_host_was_drained_gets_nothing() throws Exception {
        assertThatThrownBy(() -> launchedWhile(tx -> it.fleet.drain(tx, "far")))
                .isInstanceOf(ProviderFailure.NoCapacity.class);
        assertThat(it.provider.machines()).isEmpty();
    }

    @Test
    void a_launch_that_waited_while_its_host_was_removed_gets_nothing() throws Exception {
        assertThatThrownBy(() -> launchedWhile(tx -> {
                    it.fleet.drain(tx, "far");
                    it.fleet.remove(tx, "far");
                }))
                .isInstanceOf(ProviderFailure.NoCapacity.class);
        assertThat(it.provider.machines()).isEmpty();
    }

    /** A launch that looked at the host before a change, and gives out its GPUs only after it. */
    private void launchedWhile(Consumer<Transaction> change) throws InterruptedException {
        Offer offer = it.t4("far");
        CountDownLatch changed = new CountDownLatch(1);
        CountDownLatch waits = new CountDownLatch(1);
        it.engines.onPing = address -> {
            if (address.equals(FAR)) {
                waits.countDown();
                await(changed);
            }
        };
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Machine> launch = threads.submit(() -> it.provider.launch(request(offer)));
            waits.await();
            it.database.useTransaction(change::accept);
            changed.countDown();
            launch.get();
        } catch (ExecutionException e) {
            throw (RuntimeException) e.getCause();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_gpu_is_given_out_once_also_where_its_machine_is_known_by_two_addresses() throws Exception {
        it.engines.nvidiaSmi = "0, GPU-a, Tesla T4, 15360\n1, GPU-b, Tesla T4, 15360";
        Offer near = it.t4("near").withGpus(1);
        Offer far = it.t4("far").withGpus(1);
        List<Callable<Object>> launches = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Offer offer = i % 2 == 0 ? near : far;
            launches.add(() -> {
                try {
                    return it.provider
                            .launch(new LaunchRequest(UUID.randomUUID(), UUID.randomUUID(), offer))
                            .gpuIds();
                } catch (ProviderFailure.NoCapacity e) {
                    return e;
                }
            });
        }
        List<Object> outcomes = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Object> outcome : threads.invokeAll(launches)) {
                outcomes.add(outcome.get());
            }
        }

        assertThat(outcomes)
                .filteredOn(List.class::isInstance)
                .containsExactlyInAnyOrder(List.of("GPU-a"), List.of("GPU-b"));
        assertThat(it.t4("near").free()).hasValue(0);
        assertThat(it.t4("far").free()).hasValue(0);
    }

    @Test
    void what_was_on_a_lost_host_counts_as_gone_although_the_host_is_silent() {
        LaunchRequest machine = it.launch("far", FAR);
        LaunchRequest other = it.launch("near", NEAR);
        UUID volume = it.volume("far");
        it.engines.dead.add(FAR);
        assertThatThrownBy(() -> it.lose("far")).hasMessageContaining("drain it first");
        it.drain("far");
        assertThatThrownBy(() -> it.provider.destroy(machine.tag())).isInstanceOf(ProviderFailure.Unavailable.class);
        assertThatThrownBy(() -> it.remove("far")).isInstanceOf(IllegalStateException.class);

        DockerFleet.Lost lost = it.lose("far");

        assertThat(lost.machines()).containsExactly(machine.tag());
        assertThat(lost.volumes()).containsExactly(volume);
        Listing machines = it.provider.listing();
        assertThat(machines.machines()).extracting(Machine::tag).containsExactly(other.tag());
        assertThat(machines.provesAbsent().test(machine.tag())).isTrue();
        assertThat(it.volumes.listing().provesAbsent().test(volume)).isTrue();
        assertThat(it.volumes.lostBecause(volume)).hasValue("its power supply burnt");
        it.provider.destroy(machine.tag());
        it.volumes.destroy(volume);
        it.remove("far");
        assertThat(it.provider.listing().gaps()).isEmpty();
        assertThat(it.volumes.listing().gaps()).isEmpty();
    }

    @Test
    void a_lost_host_that_comes_back_is_cleared_of_what_it_had_before_it_gets_anything_new() {
        LaunchRequest machine = it.launch("far", FAR);
        it.engines.dead.add(FAR);
        it.drain("far");
        it.lose("far");
        it.provider.destroy(machine.tag());
        it.engines.dead.clear();
        assertThat(it.provider.machines())
                .as("for the sweep to end")
                .extracting(Machine::tag)
                .containsExactly(machine.tag());
        it.database.useTransaction(tx -> it.fleet.resume(tx, "far"));

        LaunchRequest next = request(it.t4("far"));
        it.provider.launch(next);

        assertThat(it.engines.on(FAR)).as("the lost machine's containers").isEmpty();
        assertThat(it.provider.machines()).extracting(Machine::tag).containsExactly(next.tag());
        assertThatThrownBy(() -> it.provider.launch(machine))
                .as("a late launch of the lost one")
                .isInstanceOf(ProviderFailure.InvalidRequest.class);
    }
}
