package com.mimiry.providers.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.math.BigInteger;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of what we make at Verda. An instance has our ids as tags, and once more in its description, since not all of
 * Verda's answers have tags; everything else has a name only.
 */
final class VerdaNames {
    private static final String UUID_TEXT = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    private static final Pattern DESCRIPTION =
            Pattern.compile("mimiry deployment=(" + UUID_TEXT + ") machine=(" + UUID_TEXT + ")");
    private static final Pattern OS_VOLUME = Pattern.compile("mim-([0-9a-z]{25})");
    private static final Pattern VOLUME = Pattern.compile("miv-([0-9a-z]{25})");
    private static final String VOLUME_TAG = "mimiry-volume";
    private static final String DEPLOYMENT_TAG = "mimiry-deployment";
    private static final String MACHINE_TAG = "mimiry-machine";
    private static final int BASE = 36;

    private final UUID deployment;

    VerdaNames(UUID deployment) {
        this.deployment = deployment;
    }

    String hostname(UUID machine) {
        return "mimiry-" + machine;
    }

    String description(UUID machine) {
        return "mimiry deployment=" + deployment + " machine=" + machine;
    }

    void putTags(ArrayNode tags, UUID machine, UUID session) {
        put(tags, DEPLOYMENT_TAG, deployment);
        put(tags, MACHINE_TAG, machine);
        put(tags, "mimiry-session", session);
    }

    /** The query that shows one machine alone. */
    static String tagQuery(UUID machine) {
        return "tag=" + MACHINE_TAG + "%3D" + machine;
    }

    /** The machine that an instance is, if it is this deployment's. */
    Optional<UUID> machineOf(JsonNode instance) {
        String ofDeployment = tag(instance, DEPLOYMENT_TAG);
        String ofMachine = tag(instance, MACHINE_TAG);
        if (ofDeployment.isEmpty() && ofMachine.isEmpty()) {
            Matcher matcher = DESCRIPTION.matcher(instance.path("description").asText(""));
            if (matcher.matches()) {
                ofDeployment = matcher.group(1);
                ofMachine = matcher.group(2);
            }
        }
        return ofDeployment.equals(deployment.toString())
                ? Optional.ofNullable(VerdaAnswers.idOrNull(ofMachine))
                : Optional.empty();
    }

    String sshKey() {
        return "mimiry-" + deployment;
    }

    String script(UUID machine) {
        return "mimiry-" + deployment + "-" + machine;
    }

    /** The machine that a script of this deployment is for. */
    Optional<UUID> machineOfScript(String name) {
        String prefix = "mimiry-" + deployment + "-";
        return name.startsWith(prefix)
                ? Optional.ofNullable(VerdaAnswers.idOrNull(name.substring(prefix.length())))
                : Optional.empty();
    }

    /** Some cut names of disks after 30 characters; an id in base 36 has 25. */
    static String osVolume(UUID machine) {
        return "mim-" + digits(machine);
    }

    /** The machine that a disk of this name was made for, by whichever deployment. */
    static Optional<UUID> machineOfOsVolume(String name) {
        return id(OS_VOLUME, name);
    }

    static String volume(UUID tag) {
        return "miv-" + digits(tag);
    }

    void putVolumeTags(ArrayNode tags, UUID tag) {
        put(tags, DEPLOYMENT_TAG, deployment);
        put(tags, VOLUME_TAG, tag);
    }

    /** Which of this deployment's volumes it is by its tags. */
    Optional<UUID> volumeOf(JsonNode disk) {
        return tag(disk, DEPLOYMENT_TAG).equals(deployment.toString())
                ? Optional.ofNullable(VerdaAnswers.idOrNull(tag(disk, VOLUME_TAG)))
                : Optional.empty();
    }

    /** Which volume, of whichever deployment, a disk without tags is by its name. */
    static Optional<UUID> volumeNamed(JsonNode disk) {
        return tag(disk, DEPLOYMENT_TAG).isEmpty()
                ? id(VOLUME, disk.path("name").asText(""))
                : Optional.empty();
    }

    private static String tag(JsonNode entry, String key) {
        for (JsonNode tag : entry.path("tags")) {
            if (tag.path("key").asText("").equals(key)) {
                return tag.path("value").asText("");
            }
        }
        return "";
    }

    private static String digits(UUID id) {
        BigInteger number = new BigInteger(id.toString().replace("-", ""), 16);
        String digits = number.toString(BASE);
        return "0".repeat(25 - digits.length()) + digits;
    }

    private static Optional<UUID> id(Pattern pattern, String name) {
        Matcher matcher = pattern.matcher(name);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        BigInteger number = new BigInteger(matcher.group(1), BASE);
        return number.bitLength() > 128
                ? Optional.empty()
                : Optional.of(new UUID(number.shiftRight(64).longValue(), number.longValue()));
    }

    private static void put(ArrayNode tags, String key, UUID value) {
        tags.addObject().put("key", key).put("value", value.toString());
    }
}
