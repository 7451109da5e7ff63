package com.mimiry.sessions;

import com.mimiry.catalog.GpuRequest;
import com.mimiry.platform.Money;
import com.mimiry.volumes.MountRequest;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A checked request for a session.
 *
 * @param gpuJson the {@code gpu} object as it was sent
 * @param command null = interactive
 * @param environmentMasked JSON with the values hidden
 * @param sshPublicKey one OpenSSH line; null = by {@code sshKeyId}, or the key that the caller signed in with
 * @param mounts the volumes that it asks for
 * @param organization id or slug; null = the caller's own
 */
record NewSession(
        String name,
        String image,
        GpuRequest gpu,
        String gpuJson,
        @Nullable String command,
        SessionSecrets secrets,
        String environmentMasked,
        AutoTerminate autoTerminate,
        boolean sshEnabled,
        @Nullable String sshPublicKey,
        @Nullable UUID sshKeyId,
        List<MountRequest> mounts,
        @Nullable Duration maxDuration,
        @Nullable Money maxCost,
        @Nullable String organization) {}
