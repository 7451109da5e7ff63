package com.mimiry.volumes;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A volume that a session asks for: by id or by name, one of which is there.
 *
 * @param field where in the request it stands, for messages
 * @param path where the session's container shall see it
 */
public record MountRequest(
        String field, @Nullable UUID volumeId, @Nullable String volumeName, String path) {}
