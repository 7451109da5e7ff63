package com.mimiry.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.mimiry.api.ApiException;
import com.mimiry.volumes.MountRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads {@code volume_mounts}, or {@code volumes}: objects, or {@code "NAME:/path"} as the command line writes it. */
final class MountFields {
    private static final int MOUNTS_MAX = 16;
    private static final int PATH_MAX = 255;

    /** Nothing that a container has there would work any more. */
    private static final Set<String> TAKEN =
            Set.of("/", "/bin", "/boot", "/etc", "/lib", "/lib32", "/lib64", "/sbin", "/usr", "/var", "/run");

    private static final List<String> FORBIDDEN = List.of("/proc", "/sys", "/dev", "/.mimiry");

    private MountFields() {}

    static List<MountRequest> read(JsonFields fields) {
        String field = fields.node("volume_mounts") != null ? "volume_mounts" : "volumes";
        JsonNode mounts = fields.node(field);
        if (mounts == null) {
            return List.of();
        }
        if (!mounts.isArray()) {
            throw fields.wrongType(field, "an array", mounts);
        }
        if (mounts.size() > MOUNTS_MAX) {
            throw ApiException.invalidField(field, "%s may have %d entries at most.".formatted(field, MOUNTS_MAX));
        }
        List<MountRequest> requests = new ArrayList<>();
        for (JsonNode mount : mounts) {
            MountRequest request = one("%s[%d]".formatted(field, requests.size()), mount);
            if (requests.stream().anyMatch(other -> other.path().equals(request.path()))) {
                throw ApiException.invalidField(
                        request.field(), "Two volumes cannot both be at %s.".formatted(request.path()));
            }
            requests.add(request);
        }
        return requests;
    }

    private static MountRequest one(String field, JsonNode mount) {
        if (mount.isTextual()) {
            int split = mount.textValue().indexOf(":/");
            if (split <= 0) {
                throw ApiException.invalidField(field, field + " must be like NAME:/path.");
            }
            return request(
                    field,
                    null,
                    mount.textValue().substring(0, split),
                    mount.textValue().substring(split + 1));
        }
        if (!mount.isObject()) {
            throw ApiException.invalidField(field, field + " must be an object with volume_name and mount_path.");
        }
        JsonFields fields = new JsonFields(mount, field);
        return request(field, fields.uuid("volume_id"), fields.text("volume_name"), fields.requiredText("mount_path"));
    }

    private static MountRequest request(String field, @Nullable UUID id, @Nullable String name, String path) {
        if (id == null && (name == null || name.isEmpty())) {
            throw ApiException.invalidField(field, field + " needs volume_name or volume_id.");
        }
        return new MountRequest(field, id != null ? id : asId(name), name, checked(field, path));
    }

    /** No volume has an id for a name. */
    private static @Nullable UUID asId(@Nullable String name) {
        try {
            return name == null || name.length() != 36 ? null : UUID.fromString(name);
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    private static String checked(String field, String given) {
        String path = given.length() > 1 && given.endsWith("/") ? given.substring(0, given.length() - 1) : given;
        boolean plain = path.startsWith("/")
                && path.length() <= PATH_MAX
                && !path.contains("//")
                && List.of(path.split("/", -1)).stream().noneMatch(part -> part.equals(".") || part.equals(".."))
                && path.codePoints().noneMatch(Character::isISOControl);
        if (!plain) {
            throw ApiException.invalidField(
                    field + ".mount_path",
                    "mount_path must be an absolute path of at most %d characters, without . or .. in it."
                            .formatted(PATH_MAX));
        }
        boolean forbidden = TAKEN.contains(path)
                || FORBIDDEN.stream().anyMatch(each -> path.equals(each) || path.startsWith(each + "/"));
        if (forbidden) {
            throw ApiException.invalidField(
                    field + ".mount_path",
                    "A volume at %s would hide what the container needs; choose another path, such as /data."
                            .formatted(path));
        }
        return path;
    }
}
