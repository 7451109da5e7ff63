package com.mimiry.providers.docker;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.SshKeyTexts;
import com.mimiry.platform.StartFailure;
import com.mimiry.providers.GpuNames;
import com.mimiry.providers.docker.HostGpus.Gpu;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A configured Docker host.
 *
 * @param hostKey what an SSH host must prove to have; null elsewhere
 * @param identityFile with whose key to log in there; null = with the deployment's own
 * @param declared GPUs that the configuration says it has; empty = nothing is said
 * @param hasOurGpus whether GPUs that we find on our own machine are this host's
 */
record DockerHost(
        String name,
        EngineAddress engine,
        @Nullable String hostKey,
        @Nullable Path identityFile,
        String location,
        List<Gpu> declared,
        boolean hasOurGpus) {
    private static final Pattern DECLARATION = Pattern.compile("([^:]+?)(?:\\s*:\\s*(\\d{1,5}))?");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
    private static final String DEFAULT_SOCKET = "unix:///var/run/docker.sock";

    /**
     * The hosts of the configuration, by name.
     *
     * @param dockerHost the environment's DOCKER_HOST, if any
     * @throws IllegalArgumentException that names the key which is wrong
     */
    static List<DockerHost> all(DockerConfig config, GpuNames names, @Nullable String dockerHost) {
        if (!config.enabled()) {
            return List.of();
        }
        if (config.hosts().isEmpty()) {
            EngineAddress engine = EngineAddress.of(
                    dockerHost != null && dockerHost.startsWith("unix://") ? dockerHost : DEFAULT_SOCKET);
            return List.of(new DockerHost("local", engine, null, null, config.location(), List.of(), true));
        }
        List<DockerHost> hosts = new ArrayList<>();
        for (Map.Entry<String, DockerConfig.Host> entry : new TreeMap<>(config.hosts()).entrySet()) {
            String name = entry.getKey();
            String key = "mimiry.docker.hosts." + name;
            if (!isName(name)) {
                throw new IllegalArgumentException(key + ": a host's name has letters, digits, '.', '_' and '-' only");
            }
            DockerConfig.Host host = entry.getValue();
            EngineAddress engine = engine(key + ".uri", host.uri());
            // Two sockets on this machine share its GPUs: only the first host by name gets them.
            boolean first = hosts.stream().noneMatch(DockerHost::hasOurGpus);
            hosts.add(new DockerHost(
                    name,
                    engine,
                    engine.isSsh() ? pinned(key + ".host-key", host.hostKey()) : null,
                    host.identityFile().orElse(null),
                    host.location().orElse(engine.isSsh() ? name : config.location()),
                    declared(key + ".gpus", host.gpus().orElse(""), names),
                    first && host.uri().startsWith("unix://")));
        }
        return List.copyOf(hosts);
    }

    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    private static EngineAddress engine(String key, String uri) {
        try {
            return EngineAddress.checked(uri);
        } catch (IllegalArgumentException e) {
            throw new StartFailure(key + ": " + e.getMessage() + ".", e);
        }
    }

    private static String pinned(String key, Optional<String> hostKey) {
        try {
            return SshKeyTexts.canonical(hostKey.orElseThrow(() -> new StartFailure(
                    key + " is not set: an ssh:// host is known by its public key, a line of 'ssh-keyscan HOST' that"
                            + " you compared with the host's own /etc/ssh/ssh_host_ed25519_key.pub.")));
        } catch (IllegalArgumentException e) {
            throw new StartFailure(key + ": " + e.getMessage() + ".", e);
        }
    }

    /** Reads {@code T4:4,H100:2}; a name without a number is one GPU. */
    static List<Gpu> declared(String key, String text, GpuNames names) {
        List<Gpu> gpus = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (part.isBlank()) {
                continue;
            }
            Matcher matcher = DECLARATION.matcher(part.strip());
            if (!matcher.matches()) {
                throw new IllegalArgumentException(key + ": \"" + part.strip() + "\" is not like T4:4");
            }
            String model = names.named(matcher.group(1))
                    .map(GpuNames.Known::name)
                    .orElseThrow(() -> new IllegalArgumentException(key + ": no GPU is called \"" + matcher.group(1)
                            + "\"; /api/compute/v1/catalog lists all"));
            int count = matcher.group(2) == null ? 1 : Integer.parseInt(matcher.group(2));
            for (int i = 0; i < count; i++) {
                gpus.add(new Gpu(model + "#" + gpus.size(), model, 0));
            }
        }
        return List.copyOf(gpus);
    }
}
