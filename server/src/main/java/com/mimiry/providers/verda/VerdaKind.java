package com.mimiry.providers.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.platform.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A kind of instance as Verda's catalogue describes it.
 *
 * @param gpuText as Verda writes one GPU, "" for none
 * @param gpuMemoryMib of one GPU, 0 where unknown
 * @param price of the whole instance by the hour
 * @param spotPrice the same where Verda may take it back; null where that is not sold
 */
record VerdaKind(
        String name,
        String gpuText,
        int gpus,
        int gpuMemoryMib,
        int vcpus,
        int memoryMib,
        Money price,
        @Nullable Money spotPrice,
        List<String> images) {

    /** Only the images that are offered now too; all that it supports where that was never told. */
    VerdaKind with(Set<String> offered) {
        List<String> both = images.stream().filter(offered::contains).toList();
        return offered.isEmpty()
                ? this
                : new VerdaKind(name, gpuText, gpus, gpuMemoryMib, vcpus, memoryMib, price, spotPrice, both);
    }

    /** Empty where the entry lacks what is needed to offer it, or is not priced in euro. */
    static Optional<VerdaKind> of(JsonNode json) {
        String name = json.path("instance_type").asText("");
        Money price = money(json.path("price_per_hour"));
        int gpus = json.path("gpu").path("number_of_gpus").asInt(-1);
        if (name.isEmpty()
                || price == null
                || gpus < 0
                || !json.path("currency").asText("").equalsIgnoreCase(Money.CURRENCY)) {
            return Optional.empty();
        }
        long vramGib = json.path("gpu_memory").path("size_in_gigabytes").asLong(0);
        List<String> images = new ArrayList<>();
        json.path("supported_os").forEach(image -> images.add(image.asText()));
        return Optional.of(new VerdaKind(
                name,
                gpus == 0 ? "" : gpuText(json),
                gpus,
                gpus == 0 ? 0 : (int) (vramGib * 1024 / gpus),
                json.path("cpu").path("number_of_cores").asInt(0),
                (int) Math.min(
                        Integer.MAX_VALUE,
                        json.path("memory").path("size_in_gigabytes").asLong(0) * 1024),
                price,
                money(json.path("spot_price")),
                List.copyOf(images)));
    }

    /** {@code 8x NVidia Tesla V100} without the number: the description has the form factor, the model has not. */
    private static String gpuText(JsonNode json) {
        String text = json.path("gpu").path("description").asText("");
        String one = text.replaceFirst("^\\s*\\d+\\s*[xX×]\\s*", "").strip();
        return one.isEmpty() ? json.path("model").asText("") : one;
    }

    /** Text in the catalogue, a number elsewhere; a price of nothing is no price. */
    static @Nullable Money money(JsonNode price) {
        try {
            String text = price.asText("").strip();
            BigDecimal euros = text.isEmpty() || text.equals("null") ? BigDecimal.ZERO : new BigDecimal(text);
            return euros.signum() <= 0 ? null : Money.ofEuros(euros.setScale(6, RoundingMode.CEILING));
        } catch (NumberFormatException _) {
            return null;
        }
    }
}
