package com.mimiry.providers.verda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mimiry.providers.Offer;
import com.mimiry.providers.Provider.LaunchRequest;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.simulator.verda.Fault;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What an emulated Verda has to offer, and what its account holds. */
class VerdaOffersTest {
    private final VerdaFixture verda = new VerdaFixture();

    @AfterEach
    void close() {
        verda.close();
    }

    @Test
    void offers_have_verdas_prices_by_kind_place_and_market() {
        Offer onDemand = verda.offer();
        Offer spot = verda.offer(VerdaFixture.KIND, VerdaFixture.PLACE, true);
        assertThat(onDemand.hourlyCost().euros()).isEqualByComparingTo("2.841");
        assertThat(onDemand.gpuText()).isEqualTo("H100 SXM5 80GB");
        assertThat(onDemand.gpuMemoryMib()).isEqualTo(80 * 1024);
        assertThat(onDemand.vcpus()).isEqualTo(30);
        assertThat(onDemand.spot()).isFalse();
        assertThat(spot.hourlyCost().euros()).isEqualByComparingTo("0.994");
        assertThat(spot.spot()).isTrue();
    }

    @Test
    void memory_is_said_for_one_gpu_and_the_price_for_the_whole_machine() {
        Offer eight = verda.offer("8V100.48M", "FIN-03", false);
        assertThat(eight.gpuCount()).isEqualTo(8);
        assertThat(eight.gpuMemoryMib()).isEqualTo(16 * 1024);
        assertThat(eight.hourlyCost().euros()).isEqualByComparingTo("5.00");
        assertThat(eight.gpuText()).isEqualTo("NVidia Tesla V100");
    }

    @Test
    void kinds_without_an_image_with_docker_are_not_offered_and_full_ones_are_shown_as_full() {
        verda.emulator.account().room(VerdaFixture.KIND, VerdaFixture.PLACE, 0);
        List<Offer> offers = verda.provider.offers();
        assertThat(offers).noneMatch(offer -> offer.reference().startsWith("1OLD"));
        assertThat(verda.offer().available()).isFalse();
        assertThat(verda.offer(VerdaFixture.KIND, "ICE-01", false).available()).isTrue();
    }

    @Test
    void only_the_configured_places_are_offered() {
        VerdaProvider limited = verda.another(Map.of("mimiry.providers.verda.locations", "ICE-01,FIN-02"));
        assertThat(limited.offers()).extracting(Offer::location).containsOnly("ICE-01");
    }

    @Test
    void offers_are_there_although_nobody_tells_balance_and_images() {
        verda.emulator.faults().next("GET /balance", Fault.ERROR_500);
        verda.emulator.faults().next("GET /images", Fault.ERROR_500);
        assertThat(verda.another(Map.of()).offers()).isNotEmpty();
    }

    @Test
    void the_operator_sees_what_the_account_holds_and_whether_that_is_little() {
        assertThat(verda.provider.balance()).isEmpty();
        verda.provider.offers();
        assertThat(verda.provider.balance().orElseThrow().amount()).isEqualByComparingTo("100");
        assertThat(verda.provider.balance().orElseThrow().low()).isFalse();
        verda.emulator.account().balance("49.99");
        verda.clock.advance(Duration.ofMinutes(3));
        verda.provider.offers();
        assertThat(verda.provider.balance().orElseThrow().low()).isTrue();
    }

    @Test
    void an_image_that_is_offered_no_more_is_not_chosen() {
        List<String> before = imagesOfLaunches(verda.another(Map.of()));
        verda.emulator.account().withdrawImage(before.getLast());
        List<String> after = imagesOfLaunches(verda.another(Map.of()));
        assertThat(after.getLast()).isNotEqualTo(before.getLast()).endsWith("-docker");
    }

    private List<String> imagesOfLaunches(VerdaProvider provider) {
        Offer offer = provider.offers().stream()
                .filter(each -> each.reference().equals(VerdaFixture.KIND))
                .findFirst()
                .orElseThrow();
        provider.launch(new LaunchRequest(UUID.randomUUID(), UUID.randomUUID(), offer));
        return verda.emulator.account().images(VerdaFixture.KIND);
    }

    @Test
    void that_nobody_listens_at_its_address_is_said_in_words() {
        verda.emulator.close();

        assertThatThrownBy(verda.provider::offers)
                .isInstanceOf(ProviderFailure.Unavailable.class)
                .hasMessageStartingWith("verda gave no answer to ")
                .hasMessageEndingWith(": it cannot be connected to");
    }
}
