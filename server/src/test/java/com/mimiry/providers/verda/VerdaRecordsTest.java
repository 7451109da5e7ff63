package com.mimiry.providers.verda;

import static org.assertj.core.api.Assertions.assertThat;

import com.mimiry.providers.Provider;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** How often single instances may be asked for has its limit, too. */
class VerdaRecordsTest {
    @Test
    void a_machine_whose_record_there_was_no_turn_for_is_not_proven_absent() {
        try (VerdaFixture verda = new VerdaFixture()) {
            List<Provider.Machine> machines = List.of(verda.running(), verda.running());
            machines.forEach(machine -> verda.emulator.account().reclaim(machine.reference()));
            VerdaProvider patient = verda.another(Map.of("mimiry.providers.verda.records-per-minute", "1"));
            Provider.Listing listing = patient.listing();
            List<UUID> absent = machines.stream()
                    .map(Provider.Machine::tag)
                    .filter(listing.provesAbsent())
                    .toList();
            assertThat(absent).hasSize(1);
        }
    }
}
