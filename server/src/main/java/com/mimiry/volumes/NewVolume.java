package com.mimiry.volumes;

import com.mimiry.api.ApiException;
import com.mimiry.api.Fields;
import java.math.BigDecimal;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The body of {@code POST /volumes} as it was sent. */
record NewVolume(
        @Nullable String name,
        @Nullable BigDecimal sizeGb,
        @Nullable String provider,
        @Nullable String location,
        @Nullable String orgId,
        @Nullable String volumeType) {
    private static final int NAME_MAX = 64;

    /** @throws ApiException 422 where it is no name for a volume */
    String checkedName() {
        String checked = Fields.text("name", name, 1, NAME_MAX);
        if (checked.isBlank() || isId(checked)) {
            throw ApiException.invalidField(
                    "name", "name must be a word that people know the volume by, neither blank nor a UUID.");
        }
        return checked;
    }

    private static boolean isId(String text) {
        try {
            return UUID.fromString(text).toString().equalsIgnoreCase(text);
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    int checkedSize(int max) {
        return size("size_gb", sizeGb, max);
    }

    static int size(String field, @Nullable BigDecimal value, int max) {
        BigDecimal size = Fields.required(field, value);
        boolean fits = size.stripTrailingZeros().scale() <= 0
                && size.signum() > 0
                && size.compareTo(BigDecimal.valueOf(max)) <= 0;
        if (!fits) {
            throw ApiException.invalidField(
                    field, "%s must be a whole number of gigabytes from 1 to %d.".formatted(field, max));
        }
        return size.intValueExact();
    }
}
