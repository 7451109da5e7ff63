package com.mimiry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.JsonManners;
import com.mimiry.catalog.GpuRequest.Priority;
import com.mimiry.platform.Money;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GpuDraftTest {
    private final GpuCatalog catalog = new GpuCatalog();

    @Test
    void an_empty_object_asks_for_one_gpu_of_any_kind() throws JsonProcessingException {
        GpuRequest request = checked("{}");

        assertThat(request.count()).isEqualTo(1);
        assertThat(request.maxAttempts()).isEqualTo(3);
        assertThat(request.priority()).containsExactly(Priority.PRICE);
        assertThat(request).isEqualTo(GpuDraft.ANY.checked(catalog));
    }

    @Test
    void every_field_of_the_contract_is_read_whatever_its_case() throws JsonProcessingException {
        GpuRequest request = checked("""
                {"types": ["h100_sxm", "T4", "T4"], "family": ["h100", "rtx 6000 ada"], "form_factor": ["sxm5", "pcie"],
                 "vram_gb": [80, 40], "count": 2, "priority": ["vram", "Price"], "max_attempts": 5,
                 "max_hourly_rate": 2.1234567, "provider": " Verda ", "location": ""}
                """);

        assertThat(request.types()).containsExactly("h100_sxm", "T4");
        assertThat(request.families()).containsExactly("H100", "RTX6000Ada");
        assertThat(request.formFactors()).containsExactly("SXM", "PCIe");
        assertThat(request.vramGbMin()).isEqualTo(40);
        assertThat(request.priority()).containsExactly(Priority.VRAM, Priority.PRICE);
        assertThat(request.maxHourlyRate()).isEqualTo(Money.ofEuros("2.123456"));
        assertThat(request.provider()).isEqualTo("Verda");
        assertThat(request.location()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"types":["T4"]}                        | GPU
            {"types":["T4"],"count":2}              | GPU
            {"types":["T4"],"vram_gb":[16]}         | PRICE
            {"types":["T4"],"family":["T4"]}        | PRICE
            {"types":["T4"],"form_factor":["PCIe"]} | PRICE
            {"types":[],"priority":[]}              | PRICE
            """)
    void types_alone_are_taken_in_their_order_and_all_else_by_price(String json, Priority priority)
            throws JsonProcessingException {
        assertThat(checked(json).priority()).containsExactly(priority);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"types":["H100_SMX"]}          | gpu.types           | H100_SXM
            {"types":[""]}                  | gpu.types           | did you mean
            {"types":[null]}                | gpu.types           | null
            {"types":["CPU"]}               | gpu.types           | no GPU is called
            {"family":["H1000"]}            | gpu.family          | H100
            {"form_factor":["PCI"]}         | gpu.form_factor     | SXM, PCIe
            {"vram_gb":[-1]}                | gpu.vram_gb         | -1
            {"count":0}                     | gpu.count           | 0 is not between 1
            {"count":-3}                    | gpu.count           | -3
            {"count":1025}                  | gpu.count           | 1024
            {"priority":["CHEAP"]}          | gpu.priority        | FORM_FACTOR
            {"max_attempts":0}              | gpu.max_attempts    | 1
            {"max_hourly_rate":0}           | gpu.max_hourly_rate | above 0
            {"max_hourly_rate":1e999999}    | gpu.max_hourly_rate | above 0
            {"max_hourly_rate":1e-999999}   | gpu.max_hourly_rate | above 0
            """)
    void a_bad_value_names_its_field_and_says_what_is_right(String json, String field, String words) {
        assertThatThrownBy(() -> checked(json)).isInstanceOfSatisfying(ApiException.class, refused -> {
            assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_FIELD);
            assertThat(refused.details()).containsEntry("field", field);
            assertThat(refused.getMessage()).contains(field, words);
        });
    }

    @Test
    void a_rate_below_what_can_be_written_is_kept_as_no_money() throws JsonProcessingException {
        assertThat(checked("{\"max_hourly_rate\": 0.0000001}").maxHourlyRate()).isEqualTo(Money.ZERO);
    }

    private GpuRequest checked(String json) throws JsonProcessingException {
        return JsonManners.mapper().readValue(json, GpuDraft.class).checked(catalog);
    }
}
