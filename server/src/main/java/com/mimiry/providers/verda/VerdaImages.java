package com.mimiry.providers.verda;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Chooses the operating system: one with Docker, since sessions are containers. Pure. */
final class VerdaImages {
    private static final Pattern WITH_CUDA =
            Pattern.compile("ubuntu-(\\d+)\\.(\\d+)-cuda-(\\d+)\\.(\\d+)(-open)?-docker");
    private static final Pattern PLAIN = Pattern.compile("ubuntu-(\\d+)\\.(\\d+)(-docker)?");

    private VerdaImages() {}

    /**
     * The image for a kind of instance.
     *
     * @param supported what Verda says that it can run; not every kind runs the newest
     * @param wanted the operator's choice; null = none
     * @return empty where nothing fits: the kind cannot be used then
     */
    static Optional<String> choose(List<String> supported, int gpus, @Nullable String wanted) {
        if (wanted != null && supported.contains(wanted)) {
            return Optional.of(wanted);
        }
        Optional<String> newest = newest(supported, WITH_CUDA);
        // Without GPUs no driver is needed, and the startup script installs Docker where it is missing.
        return newest.isPresent() || gpus > 0 ? newest : newest(supported, PLAIN);
    }

    private static Optional<String> newest(List<String> images, Pattern pattern) {
        return images.stream()
                .filter(image -> pattern.matcher(image).matches())
                .max(Comparator.comparing((String image) -> version(image, pattern))
                        .thenComparing(image -> image));
    }

    private static Long version(String image, Pattern pattern) {
        Matcher matcher = pattern.matcher(image);
        if (!matcher.matches()) {
            return 0L;
        }
        long version = 0;
        int numbers = pattern.equals(WITH_CUDA) ? 4 : 2;
        for (int i = 1; i <= numbers; i++) {
            version = version * 1_000 + Long.parseLong(matcher.group(i));
        }
        return version;
    }
}
