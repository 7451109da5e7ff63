package com.mimiry.catalog;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A GPU's name as somebody wrote it, taken apart into what can be compared. */
final class GpuText {
    private static final Pattern VENDOR_WORDS =
            Pattern.compile("\\b(nvidia|tesla|geforce|quadro|amd|instinct)\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern GIGABYTES = Pattern.compile("(\\d+)gb?\\b");
    private static final Pattern SLICE = Pattern.compile("\\bmig\\b|\\d+g\\.\\d+g", Pattern.CASE_INSENSITIVE);
    private static final Pattern SHARED = Pattern.compile("\\bshared\\b");
    private static final Pattern WORD_BREAKS = Pattern.compile("[^A-Za-z0-9.]+");
    private static final Pattern BLANKS = Pattern.compile(" +");
    private static final Pattern GB_APART = Pattern.compile("(\\d) gb\\b");
    private static final Pattern GB = Pattern.compile("(\\d) ?gb\\b");
    private static final Pattern UNCOUNTED = Pattern.compile("[^a-z0-9]");
    private static final Pattern COUNT_IN_FRONT = Pattern.compile("^(gpu )?(\\d+ ?x )?");

    /** Words that say nothing about which GPU it is, or are read on their own. A word beyond them means another GPU. */
    private static final Pattern HARMLESS = Pattern.compile(
            "sxm\\d?|pcie|fhhl|nvl|oam|hbm\\d?e?|\\d+gb?|gpu|tensor|core|generation|mega|blackwell|server|workstation|edition");

    private GpuText() {}

    /** Equal for all spellings of one name: case, blanks, dashes and underscores do not count, nor does GB against G. */
    static String key(String text) {
        String lower = text.toLowerCase(Locale.ROOT).replace("-shared", "");
        return UNCOUNTED.matcher(GB.matcher(lower).replaceAll("$1g")).replaceAll("");
    }

    /** As {@link #key}, of the text without the maker's and brand's names. */
    static String keyWithoutVendor(String text) {
        return key(words(text));
    }

    /** Whether it names a part of a GPU, which is no GPU to us. */
    static boolean isSlice(String text) {
        return SLICE.matcher(text).find();
    }

    /** Whether the text is this family's name, followed at most by form factor, memory and words without weight. */
    static boolean isOfFamily(String text, String family) {
        String rest = COUNT_IN_FRONT.matcher(words(text)).replaceFirst("");
        Matcher matcher = spelled(family).matcher(rest);
        if (!matcher.lookingAt()) {
            return false;
        }
        for (String word : rest.substring(matcher.end()).strip().split(" ", -1)) {
            if (!word.isEmpty() && !HARMLESS.matcher(word).matches()) {
                return false;
            }
        }
        return true;
    }

    /** The form factors that the text speaks of; empty where it speaks of none. */
    static Set<String> formFactors(String text) {
        Set<String> found = new HashSet<>();
        for (String word : List.of(words(text).split(" ", -1))) {
            if (word.startsWith("sxm") || word.equals("hbm3")) {
                found.add("SXM");
            } else if (word.equals("nvl")) {
                found.add("NVL");
            } else if (word.equals("pcie") || word.equals("fhhl")) {
                found.add("PCIe");
            } else if (word.equals("oam")) {
                found.add("OAM");
            }
        }
        return found;
    }

    /** The memory that the text states, in GB. */
    static OptionalInt gigabytes(String text) {
        Matcher matcher = GIGABYTES.matcher(words(text));
        return matcher.find() && matcher.group(1).length() < 5
                ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
                : OptionalInt.empty();
    }

    private static String words(String text) {
        String words = WORD_BREAKS.matcher(text).replaceAll(" ");
        words = VENDOR_WORDS.matcher(words).replaceAll(" ").toLowerCase(Locale.ROOT);
        words = SHARED.matcher(words).replaceAll(" ");
        words = GB_APART.matcher(words).replaceAll("$1gb");
        return BLANKS.matcher(words).replaceAll(" ").strip();
    }

    /** RTX6000Ada is also written RTX 6000 Ada; where words end, blanks may be. */
    private static Pattern spelled(String family) {
        String spaced = family.replaceAll("(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\\d)|(?<=\\d)(?=[A-Z])", " ?")
                .replaceFirst("^RTX(?=[A-Z])", "RTX ?");
        return Pattern.compile(spaced + "(?![A-Za-z0-9])", Pattern.CASE_INSENSITIVE);
    }
}
