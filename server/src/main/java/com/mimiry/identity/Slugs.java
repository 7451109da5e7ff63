package com.mimiry.identity;

import com.mimiry.api.ApiException;
import com.mimiry.api.Fields;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The short names of organizations in addresses. */
final class Slugs {
    private static final Pattern SLUG = Pattern.compile("[a-z0-9]+(-[a-z0-9]+)*");
    private static final Pattern UUID_LIKE = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final Set<String> RESERVED = Set.of("admin", "invitations", "by-slug", "api", "me", "new");
    private static final int LENGTH_MAX = 63;

    private Slugs() {}

    static String parse(@Nullable String text) {
        String slug = Fields.text("slug", text, 1, LENGTH_MAX).toLowerCase(Locale.ROOT);
        if (!SLUG.matcher(slug).matches() || UUID_LIKE.matcher(slug).matches() || RESERVED.contains(slug)) {
            throw ApiException.invalidField(
                    "slug",
                    "slug must be words of a-z and 0-9 joined by single '-', at most " + LENGTH_MAX
                            + " characters, no UUID and no reserved word.");
        }
        return slug;
    }

    /** A slug that resembles a name. */
    static String from(String name) {
        String clean =
                name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        String slug = clean.substring(0, Math.min(clean.length(), 50)).replaceAll("-$", "");
        return slug.isEmpty()
                        || RESERVED.contains(slug)
                        || UUID_LIKE.matcher(slug).matches()
                ? "organization"
                : slug;
    }
}
