package com.mimiry.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GpuCatalogTest {
    private final GpuCatalog catalog = new GpuCatalog();

    @Test
    void every_model_is_found_by_its_name_and_by_what_nvidia_smi_and_providers_write() {
        assertThat(catalog.entries()).hasSize(44);
        for (GpuEntry entry : catalog.entries()) {
            GpuModel model = entry.model();
            int memoryMib = model.vramGb() * 1024 * 97 / 100;
            assertThat(catalog.model(model.name(), 0)).isEqualTo(model);
            assertThat(entry.reportedNames()).isNotEmpty();
            for (String name : entry.reportedNames()) {
                assertThat(catalog.model(name, memoryMib)).as(name).isEqualTo(model);
                assertThat(catalog.model(name.replace(' ', '-'), memoryMib))
                        .as("label " + name)
                        .isEqualTo(model);
            }
        }
    }

    @Test
    void the_first_reported_name_of_a_model_suffices_without_its_memory() {
        for (GpuEntry entry : catalog.entries()) {
            assertThat(catalog.model(entry.reportedNames().getFirst(), 0))
                    .as(entry.reportedNames().getFirst())
                    .isEqualTo(entry.model());
        }
    }

    @Test
    void every_model_has_a_price_and_a_compute_capability() {
        assertThat(catalog.entries()).allSatisfy(entry -> {
            assertThat(entry.indicativeHourlyCost().micros()).isPositive();
            assertThat(entry.computeCapability()).matches("\\d+\\.\\d|gfx\\d+");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            RTX 6000                                   | 24576  | RTX6000_24G_PCIe
            RTX 6000                                   | 49140  | RTX6000Ada_48G_PCIe
            RTX 6000                                   | 97887  | RTXPRO6000_96G_PCIe
            gpu-rtx6000                                | 0      | RTXPRO6000_96G_PCIe
            gpu_1x_rtx6000                             | 0      | RTX6000_24G_PCIe
            Quadro RTX 6000                            | 0      | RTX6000_24G_PCIe
            RTX6000 Ada 48GB                           | 0      | RTX6000Ada_48G_PCIe
            RTX 6000Ada                                | 49140  | RTX6000Ada_48G_PCIe
            RTX PRO 6000 WS                            | 97887  | RTXPRO6000_96G_PCIe
            A4000                                      | 16376  | RTXA4000_16G_PCIe
            A6000                                      | 0      | RTXA6000_48G_PCIe
            A100 SXM4                                  | 40960  | A100_40G_SXM
            A100 SXM4                                  | 81920  | A100_80G_SXM
            A100 PCIE                                  | 81920  | A100_80G_PCIe
            A100_80G pcie                              | 0      | A100_80G_PCIe
            1x H100 SXM5 80GB                          | 0      | H100_80G_SXM
            2x Tesla V100 16GB                         | 16384  | V100_16G_SXM
            H100 80GB SXM5                             | 81559  | H100_80G_SXM
            NVIDIA-H100-80GB-HBM3                      | 81559  | H100_80G_SXM
            NVIDIA-A100-SXM4-80GB-SHARED               | 81920  | A100_80G_SXM
            H100                                       | 95830  | H100_94G_NVL
            NVIDIA H200                                | 143771 | H200_141G_SXM
            H200 141GB                                 | 0      | H200_141G_SXM
            H200 NVL                                   | 146432 | H200_141G_NVL
            B300 SXM6                                  | 274432 | B300_288G_SXM
            NVIDIA GH200 480GB                         | 97871  | GH200_96G_SC
            nvidia-tesla-t4                            | 0      | T4_16G_PCIe
            Tesla T4                                   | 15360  | T4_16G_PCIe
            NVIDIA L40S                                | 46068  | L40S_48G_PCIe
            NVIDIA GeForce RTX 4090                    | 24564  | RTX4090_24G_PCIe
            """)
    void a_provider_s_words_and_memory_name_one_model(String text, int memoryMib, String name) {
        assertThat(catalog.model(text, memoryMib).name()).isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            H100                               | 81559
            H100                               | 0
            A100                               | 40960
            A100_80G                           | 81920
            NVIDIA GeForce RTX 4080 SUPER      | 16376
            NVIDIA GeForce RTX 4090 D          | 24564
            NVIDIA GeForce RTX 4090 Laptop GPU | 16376
            NVIDIA GeForce RTX 3080            | 12288
            NVIDIA A100X                       | 81920
            NVIDIA H800                        | 81559
            NVIDIA GH200 480GB                 | 147456
            RTX 6000                           | 0
            NVIDIA A100-SXM4-40GB MIG 1g.5gb   | 4864
            NVIDIA-A100-SXM4-40GB-MIG-1g.5gb   | 0
            RTX PRO 6000 MIG 1g.24gb           | 24576
            AMD 7900XTX                        | 24560
            """)
    void what_could_be_two_models_or_is_none_of_ours_is_kept_as_unknown(String text, int memoryMib) {
        GpuModel model = catalog.model(text, memoryMib);

        assertThat(model.name()).isEqualTo("Unknown:" + text);
        assertThat(model.family()).isEqualTo("Unknown");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            T4          | T4_16G_PCIe
            V100        | V100_16G_SXM,V100_16G_PCIe,V100_32G_SXM
            A100        | A100_40G_SXM,A100_40G_PCIe,A100_80G_SXM,A100_80G_PCIe
            A100_80G    | A100_80G_SXM,A100_80G_PCIe
            A100_SXM    | A100_40G_SXM,A100_80G_SXM
            A100-80GB   | A100_80G_SXM,A100_80G_PCIe
            H100        | H100_80G_SXM,H100_80G_PCIe,H100_94G_NVL
            H100_SXM    | H100_80G_SXM
            H100_PCIe   | H100_80G_PCIe
            h100 nvl    | H100_94G_NVL
            h200        | H200_141G_SXM,H200_141G_NVL
            RTX6000     | RTX6000_24G_PCIe
            RTX_6000_Ada| RTX6000Ada_48G_PCIe
            rtx pro 6000| RTXPRO6000_96G_PCIe
            A6000       | RTXA6000_48G_PCIe
            4090        | RTX4090_24G_PCIe
            a100_80g_sxm| A100_80G_SXM
            A10G        | A10_24G_PCIe
            """)
    void a_short_form_stands_for_all_models_it_fits_the_preferred_one_first(String alias, String names) {
        assertThat(catalog.matching(alias).stream().map(GpuModel::name)).containsExactly(names.split(",", -1));
    }

    @Test
    void no_short_form_of_one_family_is_the_name_of_another_s() {
        for (GpuEntry entry : catalog.entries()) {
            for (String alias : entry.shortForms()) {
                assertThat(catalog.matching(alias))
                        .as(alias)
                        .allMatch(model -> model.family().equals(entry.model().family()));
            }
            assertThat(catalog.matching(entry.model().name())).containsExactly(entry.model());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"H1000", "", "A", "SXM", "💥", "T4 16G PCIe x2"})
    void a_name_that_nobody_knows_matches_nothing(String name) {
        assertThat(catalog.matching(name)).isEmpty();
    }

    @Test
    void the_nearest_names_help_with_a_slip_of_the_finger() {
        assertThat(catalog.nearest("A100_80G_SMX")).startsWith("A100_80G_SXM").hasSize(3);
        assertThat(catalog.nearest("H10")).contains("H100");
    }

    @Test
    void no_family_has_two_sizes_that_the_tolerance_could_confuse() {
        for (GpuModel one : catalog.models()) {
            List<GpuModel> others = catalog.models().stream()
                    .filter(other -> other.family().equals(one.family()) && other.vramGb() > one.vramGb())
                    .filter(other -> other.formFactor().equals(one.formFactor()))
                    .toList();
            assertThat(others).allMatch(other -> one.vramGb() * 1.08 < other.vramGb() * 0.92);
        }
    }

    @Test
    void no_gpu_at_all_is_a_model_of_its_own() {
        assertThat(catalog.model("", 0).vramGb()).isZero();
        assertThat(catalog.matching("CPU")).isEmpty();
    }
}
