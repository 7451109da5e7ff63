package com.mimiry.containers;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An image's name as Docker understands it: {@code [registry[:port]/]repository[:tag][@digest]}.
 *
 * @param registry {@code docker.io} where none is named
 * @param repository without the registry
 * @param tag {@code latest} where neither tag nor digest is named; null with a digest alone
 * @param digest such as {@code sha256:…}; null = none
 */
public record ImageReference(
        String registry,
        String repository,
        @Nullable String tag,
        @Nullable String digest) {
    public static final String DEFAULT_REGISTRY = "docker.io";

    private static final int MAX_NAME_LENGTH = 255;
    private static final Pattern WHOLE = Pattern.compile("([^@]+?)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(.+))?");
    private static final Pattern REGISTRY = Pattern.compile(
            "(?:(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
                    + "|\\[[0-9a-fA-F:]+\\])(?::[0-9]{1,5})?");
    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*");
    private static final Pattern DIGEST =
            Pattern.compile("[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,128}");
    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");

    /** @throws IllegalArgumentException with a sentence that says what is wrong */
    public static ImageReference parse(String text) {
        Matcher whole = WHOLE.matcher(text);
        if (text.length() > 1_000 || !whole.matches()) {
            throw invalid(text, "expected [registry/]name[:tag][@digest]");
        }
        String name = whole.group(1);
        int slash = name.indexOf('/');
        String first = slash < 0 ? "" : name.substring(0, slash);
        boolean named = first.equals("localhost") || first.matches(".*[.:A-Z\\[].*");
        String registry = named && !first.equals("index.docker.io") ? first : DEFAULT_REGISTRY;
        String repository = named ? name.substring(slash + 1) : name;
        check(text, registry, repository, whole.group(3));
        String familiar =
                registry.equals(DEFAULT_REGISTRY) && repository.indexOf('/') < 0 ? "library/" + repository : repository;
        String tag = whole.group(2) == null && whole.group(3) == null ? "latest" : whole.group(2);
        return new ImageReference(registry, familiar, tag, whole.group(3));
    }

    private static void check(String text, String registry, String repository, @Nullable String digest) {
        if (!REGISTRY.matcher(registry).matches()) {
            throw invalid(text, "\"" + registry + "\" is no registry's address");
        }
        if (!repository.equals(repository.toLowerCase(Locale.ROOT))) {
            throw invalid(text, "names of images are lower case");
        }
        if (!REPOSITORY.matcher(repository).matches()) {
            throw invalid(text, "names have letters, digits, and single . _ - / between them");
        }
        if (ID.matcher(repository).matches()) {
            throw invalid(text, "64 hexadecimal digits are an image's id, not its name");
        }
        if (registry.length() + 1 + repository.length() > MAX_NAME_LENGTH) {
            throw invalid(text, "the name is longer than " + MAX_NAME_LENGTH + " characters");
        }
        if (digest != null && !DIGEST.matcher(digest).matches()) {
            throw invalid(text, "\"" + shortened(digest) + "\" is no digest");
        }
    }

    /** The name with its registry, without tag or digest, as engines take it. */
    String name() {
        return registry + "/" + repository;
    }

    /** What a pull asks for: the digest if there is one. */
    String version() {
        return digest != null ? digest : tag == null ? "latest" : tag;
    }

    /** In full, such as {@code docker.io/library/busybox:latest}. */
    @Override
    public String toString() {
        return name() + (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
    }

    private static IllegalArgumentException invalid(String text, String why) {
        return new IllegalArgumentException("\"" + shortened(text) + "\" is no image reference: " + why + ".");
    }

    private static String shortened(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
