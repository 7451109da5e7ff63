package com.mimiry.launch;

import com.mimiry.containers.EngineAddress;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.SshHostKeyScan;
import com.mimiry.containers.SshKeyTexts;
import com.mimiry.identity.Actor;
import com.mimiry.oversight.Hosts;
import com.mimiry.platform.StartFailure;
import com.mimiry.providers.docker.DockerFleet.Host;
import com.mimiry.providers.docker.DockerFleet.Lost;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** The machines of a fleet. */
@Command(
        name = "host",
        mixinStandardHelpOptions = true,
        description = "Docker hosts that are reached by SSH.",
        synopsisSubcommandLabel = "COMMAND")
final class HostCommand {
    private static final Table<Host> HOSTS = new Table<Host>()
            .column("NAME", Host::name)
            .column("ADDRESS", host -> host.uri().isEmpty() ? "(configuration)" : host.uri())
            .column("HOST KEY", host -> host.fingerprint().isEmpty() ? "-" : host.fingerprint())
            .column("GPUS", HostCommand::gpus)
            .column("STATE", HostCommand::state)
            .column("MACHINES", Host::machines)
            .column("VOLUMES", Host::volumes)
            .column("TROUBLE", host -> host.trouble() == null ? "-" : host.trouble());

    private static final Duration SCAN_TIMEOUT = Duration.ofSeconds(10);

    @ParentCommand
    @SuppressWarnings("NullAway.Init")
    private AdminCommand admin;

    @Command(
            name = "key",
            mixinStandardHelpOptions = true,
            description = "The server's public SSH key, for ~/.ssh/authorized_keys on each host.")
    int key() {
        String line = admin.on(Operator::sshKey)
                .orElseThrow(() -> new StartFailure(
                        "There is no key yet: the server makes it when it starts for the first time on this data."));
        admin.show(Map.of("public_key", line), List.of(line), new Table<String>().column("PUBLIC KEY", text -> text));
        return 0;
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = "Adds a host. Its authorized_keys must have the line that 'host key' shows.")
    int add(
            @Parameters(paramLabel = "URI", description = "ssh://user@host[:port][/path/to/docker.sock]") String uri,
            @Option(
                            names = "--host-key",
                            paramLabel = "KEY",
                            description =
                                    "What it must prove to have: the text of its /etc/ssh/ssh_host_ed25519_key.pub.")
                    @Nullable String hostKey,
            @Option(
                            names = "--scan",
                            description = "Instead of --host-key: pins the key that it shows now, and says which.")
                    boolean scan,
            @Option(names = "--name", paramLabel = "NAME", description = "Default: its address.") @Nullable String name,
            @Option(names = "--location", paramLabel = "PLACE", description = "What customers see. Default: its name.")
                    @Nullable String location,
            @Option(
                            names = "--gpu",
                            paramLabel = "GPUS",
                            defaultValue = "",
                            description = "Declared without proof, such as T4:4,H100:2; offered as simulated.")
                    String gpus) {
        if (scan == (hostKey != null)) {
            throw new StartFailure(
                    "Give the host's own key with --host-key, or --scan to pin the one that it shows now.");
        }
        String pinned = hostKey == null ? scanned(uri) : hostKey;
        return change(hosts -> hosts.add(Actor.COMMAND_LINE, uri, pinned, name, location, gpus));
    }

    private String scanned(String uri) {
        try {
            EngineAddress address = EngineAddress.checked(uri);
            if (!address.isSsh()) {
                throw new StartFailure("\"" + uri + "\" is not reached by SSH: it has no host key.");
            }
            String key = SshHostKeyScan.scan(address, SCAN_TIMEOUT);
            admin.tell("Pinned is " + SshKeyTexts.fingerprint(key) + ", which "
                    + address.uri().getHost()
                    + " has shown. Compare it on the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub");
            return key;
        } catch (IllegalArgumentException | EngineException e) {
            throw new StartFailure(e.getMessage() + ".", e);
        }
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            description = "All hosts: how they are, what they have, and how much is on them.")
    int list() {
        return change(_ -> {});
    }

    private static String gpus(Host host) {
        if (host.gpus().isEmpty()) {
            return host.answers() == null && !host.declaredGpus().isEmpty() ? host.declaredGpus() : "-";
        }
        return host.gpus() + (host.simulated() ? " (simulated)" : "");
    }

    private static String state(Host host) {
        String state = host.drained() ? "drained" : "open";
        return host.silentSince() == null
                ? state
                : state + ", silent since " + host.silentSince().truncatedTo(ChronoUnit.SECONDS);
    }

    @Command(
            name = "drain",
            mixinStandardHelpOptions = true,
            description = {
                "Gives a host no new sessions and volumes. Nothing that runs is ended by this: it goes on until it ends by itself or"
                        + " its owner ends it. 'host sessions' lists who is left. What must end before that is ended on the host:"
                        + " docker stop $(docker ps -q --filter label=mimiry.session)."
            })
    int drain(@Parameters(paramLabel = "NAME") String name) {
        return change(hosts -> hosts.drain(Actor.COMMAND_LINE, name));
    }

    @Command(
            name = "sessions",
            mixinStandardHelpOptions = true,
            description = "The sessions that have a machine on a host.")
    int sessions(@Parameters(paramLabel = "NAME") String name) {
        List<UUID> sessions = admin.on(operator -> operator.hosts().list()).stream()
                .filter(host -> host.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new StartFailure("No host is named " + name + "; 'host list' shows all."))
                .sessions();
        admin.show(sessions, sessions, new Table<UUID>().column("SESSION", id -> id));
        return 0;
    }

    @Command(
            name = "lost",
            mixinStandardHelpOptions = true,
            description = {
                "Gives up a drained host that will not come back. Its sessions end as lost, their bills with them; its volumes"
                        + " fail with the reason. There is no way back."
            })
    int lost(
            @Parameters(paramLabel = "NAME") String name,
            @Option(
                            names = "--reason",
                            required = true,
                            paramLabel = "TEXT",
                            description = "What the audit log says, and owners of volumes read.")
                    String reason) {
        Lost lost = admin.on(operator -> operator.hosts().lose(Actor.COMMAND_LINE, name, reason));
        admin.show(
                lost,
                List.of(lost),
                new Table<Lost>()
                        .column("MACHINES", each -> each.machines().size())
                        .column("VOLUMES", each -> each.volumes().size()));
        return 0;
    }

    @Command(name = "resume", mixinStandardHelpOptions = true, description = "Ends a drain.")
    int resume(@Parameters(paramLabel = "NAME") String name) {
        return change(hosts -> hosts.resume(Actor.COMMAND_LINE, name));
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "Forgets a host that is drained and empty.")
    int remove(@Parameters(paramLabel = "NAME") String name) {
        return change(hosts -> hosts.remove(Actor.COMMAND_LINE, name));
    }

    private int change(Consumer<Hosts> change) {
        List<Host> hosts = admin.on(operator -> {
            change.accept(operator.hosts());
            return operator.hosts().list();
        });
        admin.show(hosts, hosts, HOSTS);
        return 0;
    }
}
