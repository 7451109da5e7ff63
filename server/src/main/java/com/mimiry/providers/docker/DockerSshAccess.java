package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.SshAccess;
import com.mimiry.platform.Secret;
import com.mimiry.platform.StartFailure;
import com.mimiry.providers.DeploymentSshKey;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The pinned host keys of Docker hosts, and how we log in to them. */
@Singleton
final class DockerSshAccess implements SshAccess {
    private final DockerHosts hosts;
    private final DeploymentSshKey ours;

    DockerSshAccess(DockerHosts hosts, DeploymentSshKey ours) {
        this.hosts = hosts;
        this.ours = ours;
    }

    @Override
    public Optional<Login> login(EngineAddress address) {
        for (DockerHost host : hosts.all()) {
            String pinned = host.hostKey();
            if (pinned != null && host.engine().equals(address)) {
                return Optional.of(new Login(List.of(pinned), List.of(privateKey(host.identityFile()))));
            }
        }
        return Optional.empty();
    }

    private Secret privateKey(@Nullable Path file) {
        if (file == null) {
            return ours.privateKey();
        }
        try {
            return new Secret(Files.readString(file));
        } catch (IOException e) {
            throw new IllegalStateException("no private key can be read: " + StartFailure.reason(e), e);
        }
    }
}
