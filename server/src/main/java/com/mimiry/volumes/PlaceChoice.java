package com.mimiry.volumes;

import com.mimiry.api.ApiException;
import com.mimiry.api.ErrorCode;
import com.mimiry.platform.Money;
import com.mimiry.providers.ProviderFailure;
import com.mimiry.providers.VolumeProvider;
import com.mimiry.providers.VolumeProvider.Place;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds where a new volume goes: the cheapest place that fits, of several the one that costs us least, and then the one with
 * the most room.
 */
@Singleton
final class PlaceChoice {
    private final VolumeProviders providers;
    private final VolumePrices prices;

    PlaceChoice(VolumeProviders providers, VolumePrices prices) {
        this.providers = providers;
        this.prices = prices;
    }

    record Choice(String provider, Place place, Money hourlyRate) {}

    /**
     * @param location null or blank = anywhere; likewise the others
     * @throws ApiException 422 that says what there is instead
     */
    Choice choose(@Nullable String provider, @Nullable String location, @Nullable String type, int sizeGb) {
        Map<String, VolumeProvider> all = providers.all();
        if (all.isEmpty()) {
            throw new ApiException(ErrorCode.NO_MATCHING_OFFER, "No provider of this server has volumes.");
        }
        List<Choice> left = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        int asked = 0;
        for (Map.Entry<String, VolumeProvider> each : all.entrySet()) {
            String name = each.getKey();
            if (!wanted(provider, name)) {
                continue;
            }
            asked++;
            try {
                for (Place place : each.getValue().places()) {
                    left.add(new Choice(name, place, prices.hourlyRate(name, place.monthlyCostPerGb(), sizeGb)));
                }
            } catch (ProviderFailure e) {
                silent.add(name + ": " + e.getMessage());
            }
        }
        if (asked == 0) {
            throw ApiException.invalidField(
                    "provider",
                    "No provider called \"%s\" has volumes; %s.".formatted(provider, has(List.copyOf(all.keySet()))));
        }
        List<Choice> there = matching(left, "location", location, choice -> choice.place.location());
        List<Choice> fitting = matching(there, "volume_type", type, choice -> choice.place.type());
        return fitting.stream()
                .filter(choice -> choice.place.hasRoomFor(sizeGb))
                .min(Comparator.comparing(Choice::hourlyRate)
                        .thenComparing(choice -> choice.place.monthlyCostPerGb())
                        .thenComparingLong(choice -> -choice.place.freeGb())
                        .thenComparing(Choice::provider)
                        .thenComparing(choice -> choice.place.place()))
                .orElseThrow(() -> noRoom(fitting, silent, sizeGb));
    }

    private static boolean wanted(@Nullable String asked, String value) {
        return asked == null || asked.isBlank() || asked.strip().equalsIgnoreCase(value);
    }

    private static List<Choice> matching(
            List<Choice> choices, String field, @Nullable String asked, Function<Choice, String> value) {
        List<Choice> kept = choices.stream()
                .filter(choice -> wanted(asked, value.apply(choice)))
                .toList();
        if (kept.isEmpty() && !choices.isEmpty()) {
            throw ApiException.invalidField(
                    field,
                    "No volume can have the %s \"%s\"; %s."
                            .formatted(
                                    field,
                                    asked,
                                    has(choices.stream().map(value).toList())));
        }
        return kept;
    }

    private static String has(List<String> values) {
        return "there is " + values.stream().distinct().sorted().collect(Collectors.joining(", "));
    }

    private static ApiException noRoom(List<Choice> fitting, List<String> silent, int sizeGb) {
        List<String> reasons = new ArrayList<>(silent);
        fitting.stream()
                .map(choice -> choice.place.unusable())
                .filter(words -> !words.isEmpty())
                .forEach(reasons::add);
        long most = fitting.stream()
                .filter(choice -> choice.place.unusable().isEmpty())
                .mapToLong(choice -> choice.place.freeGb())
                .max()
                .orElse(-1);
        String room = most < 0
                ? "No place can take volumes now"
                : "No place has room for %d GB; the most that can be had is %d GB".formatted(sizeGb, most);
        return new ApiException(
                ErrorCode.NO_MATCHING_OFFER,
                reasons.isEmpty() ? room + "." : room + " (" + String.join("; ", reasons) + ").",
                Map.of("field", "size_gb", "filter", "size_gb"));
    }
}
