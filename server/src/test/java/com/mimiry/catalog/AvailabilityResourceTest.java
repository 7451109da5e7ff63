package com.mimiry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.api.JsonManners;
import com.mimiry.platform.Database;
import com.mimiry.platform.MovableClock;
import com.mimiry.platform.TestDatabase;
import com.mimiry.providers.Offer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AvailabilityResourceTest {
    private static final ObjectMapper JSON = JsonManners.mapper();

    private final GpuCatalog catalog = new GpuCatalog();
    private final Database database = TestDatabase.create();
    private final Market market = new Market(
            List.of(
                    new FakeProvider(
                            "docker",
                            Offers.divisible("docker", "LOCAL-01", "T4_16G_PCIe", 4, "0.35", 4),
                            Offers.cpu("docker", "LOCAL-01", "0.02")),
                    new FakeProvider(
                            "verda",
                            Offers.fixed("verda", "FIN-01", "H100_80G_SXM", 1, "2.10", 5),
                            Offers.fixed("verda", "FIN-02", "H100_80G_SXM", 1, "2.10", 1),
                            Offers.fixed("verda", "FIN-03", "H100_80G_SXM", 1, "2.10", 0),
                            Offers.fixed("verda", "FIN-01", "H100_80G_SXM", 8, "16.00", 1),
                            Offers.fixed("verda", "FIN-01", "B200_180G_SXM", 1, "5.00", 0),
                            Offers.fixed("verda", "FIN-01", "NVIDIA Foo", 1, "0.10", 1)),
                    new FakeProvider("acme", Offers.fixed("acme", "US-EAST-1", "H100_80G_SXM", 1, "2.50", 1))),
            catalog,
            Configs.market(Map.of()),
            database,
            new MovableClock());
    private final AvailabilityResource resource = new AvailabilityResource(market, catalog);

    @Test
    void a_model_has_one_entry_per_provider_and_rate_the_cheapest_first_with_where_it_can_launch_now() {
        JsonNode h100 = model(ask(Map.of()), "H100_80G_SXM");

        assertThat(h100.toString()).isEqualTo("""
                {"name":"H100_80G_SXM","display_name":"NVIDIA H100 80 GB SXM","family":"H100","vram_gb":80,\
                "form_factor":"SXM","available":true,"currency":"EUR","providers":[\
                {"provider":"verda","hourly_rate":2,"locations":["FIN-01"]},\
                {"provider":"verda","hourly_rate":2.1,"locations":["FIN-01","FIN-02"]},\
                {"provider":"acme","hourly_rate":2.5,"locations":["US-EAST-1"]}]}""");
    }

    @Test
    void machines_that_may_be_taken_back_are_shown_only_in_detail_and_change_no_price() {
        Offer onDemand = Offers.fixed("verda", "FIN-01", "H100_80G_SXM", 1, "2.10", 5);
        Market withSpot = new Market(
                List.of(new FakeProvider("verda", onDemand, Offers.spot(onDemand, "0.70"))),
                catalog,
                Configs.market(Map.of()),
                database,
                new MovableClock());
        AvailabilityResource all = new AvailabilityResource(withSpot, catalog);

        assertThat(model(ask(all, Map.of()), "H100_80G_SXM").get("providers").toString())
                .doesNotContain("0.7", "spot");
        JsonNode detailed =
                model(ask(all, Map.of("detail", "full")), "H100_80G_SXM").get("providers");
        assertThat(detailed).hasSize(2);
        assertThat(detailed.get(0).has("spot")).isFalse();
        assertThat(detailed.get(1).get("spot").asBoolean()).isTrue();
        assertThat(detailed.get(1).get("hourly_rate").decimalValue()).isEqualByComparingTo("0.7");
        assertThat(detailed.at("/1/offers/0/spot").asBoolean()).isTrue();
    }

    @Test
    void canonical_rows_come_first_and_legacy_names_repeat_them() {
        JsonNode models = ask(Map.of());
        List<String> names = names(models);

        assertThat(names.subList(0, 3)).containsExactly("Unknown:NVIDIA Foo", "T4_16G_PCIe", "H100_80G_SXM");
        assertThat(names.subList(3, names.size()))
                .containsExactly("T4", "T4_16G", "T4_PCIe", "H100", "H100_80G", "H100_SXM");
        JsonNode alias = model(models, "H100_SXM");
        assertThat(alias.get("alias_of").asText()).isEqualTo("H100_80G_SXM");
        assertThat(alias.get("providers"))
                .isEqualTo(model(models, "H100_80G_SXM").get("providers"));
        assertThat(model(models, "T4_16G_PCIe").has("alias_of")).isFalse();
    }

    @Test
    void what_is_known_but_taken_is_shown_when_asked_for() {
        assertThat(names(ask(Map.of()))).doesNotContain("B200_180G_SXM");

        JsonNode b200 = model(ask(Map.of("available_only", "FALSE")), "B200_180G_SXM");
        assertThat(b200.get("available").asBoolean()).isFalse();
        assertThat(b200.at("/providers/0/locations/0").asText()).isEqualTo("FIN-01");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            provider      | ACME            | H100_80G_SXM
            provider      | nobody          | ''
            gpu_family    | h100,T4         | T4_16G_PCIe,H100_80G_SXM
            min_vram_gb   | 40              | H100_80G_SXM
            location      | fin-02          | H100_80G_SXM
            location      | LOCAL-01,FIN-02 | T4_16G_PCIe,H100_80G_SXM
            form_factor   | pcie            | T4_16G_PCIe
            min_gpu_count | 3               | T4_16G_PCIe,H100_80G_SXM
            min_gpu_count | 8               | H100_80G_SXM
            max_age       | 0               | Unknown:NVIDIA Foo,T4_16G_PCIe,H100_80G_SXM
            min_vram_gb   | 0               | CPU,Unknown:NVIDIA Foo,T4_16G_PCIe,H100_80G_SXM
            detail        | full            | CPU,Unknown:NVIDIA Foo,T4_16G_PCIe,H100_80G_SXM
            gpu_family    | ''              | Unknown:NVIDIA Foo,T4_16G_PCIe,H100_80G_SXM
            """)
    void filters_narrow_what_is_shown(String name, String value, String expected) {
        List<String> canonical = StreamSupport.stream(ask(Map.of(name, value)).spliterator(), false)
                .filter(row -> !row.has("alias_of"))
                .map(row -> row.get("name").asText())
                .toList();

        assertThat(String.join(",", canonical)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            gpu_family     | H1000
            min_vram_gb    | forty
            min_vram_gb    | -1
            form_factor    | SXN
            min_gpu_count  | 0
            available_only | maybe
            detail         | some
            max_age        | 1.5
            """)
    void a_bad_value_is_refused_by_name(String name, String value) {
        assertThatThrownBy(() -> ask(Map.of(name, value))).isInstanceOfSatisfying(ApiException.class, refused -> {
            assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_FIELD);
            assertThat(refused.details()).containsEntry("field", name);
            assertThat(refused.getMessage()).contains(name, value);
        });
    }

    @Test
    void detail_tells_machines_apart() {
        JsonNode models = ask(Map.of("detail", "full"));

        JsonNode eight = model(models, "H100_80G_SXM").at("/providers/0/offers/0");
        assertThat(eight.get("machine_type").asText()).isEqualTo("8xH100_80G_SXM");
        assertThat(eight.get("gpu_count").asInt()).isEqualTo(8);
        assertThat(eight.get("vcpus").asInt()).isEqualTo(64);
        assertThat(eight.get("memory_gb").asInt()).isEqualTo(32);
        assertThat(eight.get("free").asInt()).isEqualTo(1);
        assertThat(eight.get("simulated").asBoolean()).isFalse();
        assertThat(model(models, "T4_16G_PCIe")
                        .at("/providers/0/offers/0/simulated")
                        .asBoolean())
                .isTrue();
        assertThat(model(models, "CPU").get("vram_gb").asInt()).isZero();
    }

    @Test
    void an_offer_that_has_just_failed_is_not_shown_as_available() {
        Offer failed = Offers.fixed("acme", "US-EAST-1", "H100_80G_SXM", 1, "2.50", 1);
        database.useTransaction(tx -> market.coolDown(tx, failed, Duration.ofHours(1)));

        assertThat(model(ask(Map.of()), "H100_80G_SXM").get("providers")).hasSize(2);
    }

    @Test
    void the_skill_s_own_filter_finds_the_cheapest_gpu_of_a_provider() throws Exception {
        String body = "{\"gpu_models\":" + ask(Map.of()) + "}";
        String filter =
                "[.gpu_models[] | select(.available) | {name, hourly_rate: ([.providers[] | select(.provider == $p)"
                        + " | .hourly_rate] | first)} | select(.hourly_rate)] | sort_by(.hourly_rate) | first";

        assertThat(jq(body, "--arg", "p", "docker", filter))
                .isEqualTo("{\"name\":\"T4_16G_PCIe\",\"hourly_rate\":0.35}");
        assertThat(jq(body, "--arg", "p", "nobody", filter)).isEqualTo("null");
        assertThat(jq(body, ".")).startsWith("{\"gpu_models\":[");
        assertThat(jq(body, "[.gpu_models[] | select(.name == \"T4\")] | length"))
                .isEqualTo("1");
    }

    @Test
    void the_catalogue_lists_every_model_with_its_aliases() throws IOException {
        JsonNode models =
                JSON.readTree(JSON.writeValueAsString(resource.catalog())).get("gpu_models");

        assertThat(models).hasSize(44);
        JsonNode h100 = model(models, "H100_80G_SXM");
        assertThat(h100.get("aliases").toString()).isEqualTo("[\"H100\",\"H100_80G\",\"H100_SXM\"]");
        assertThat(h100.get("compute_capability").asText()).isEqualTo("9.0");
        assertThat(model(models, "GH200_96G_SC").get("cpu_architecture").asText())
                .isEqualTo("arm64");
    }

    private JsonNode ask(Map<String, String> query) {
        return ask(resource, query);
    }

    private static JsonNode ask(AvailabilityResource resource, Map<String, String> query) {
        AvailabilityJson.Models models = resource.availability(
                query.get("provider"),
                query.get("gpu_family"),
                query.get("min_vram_gb"),
                query.get("location"),
                query.get("form_factor"),
                query.get("min_gpu_count"),
                query.get("available_only"),
                query.get("detail"),
                query.get("max_age"));
        try {
            return JSON.readTree(JSON.writeValueAsString(models)).get("gpu_models");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String jq(String input, String... arguments) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("jq", "-c");
        builder.command().addAll(List.of(arguments));
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        process.outputWriter(StandardCharsets.UTF_8).append(input).close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).isZero();
        return output;
    }

    private static JsonNode model(JsonNode models, String name) {
        return StreamSupport.stream(models.spliterator(), false)
                .filter(row -> row.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + " is not in " + models));
    }

    private static List<String> names(JsonNode models) {
        return StreamSupport.stream(models.spliterator(), false)
                .map(row -> row.get("name").asText())
                .toList();
    }
}
