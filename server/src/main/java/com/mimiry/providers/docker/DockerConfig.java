package com.mimiry.providers.docker;

import io.quarkus.runtime.configuration.MemorySize;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** The Docker hosts that sessions run on, and what their GPUs cost. */
@ConfigMapping(prefix = "mimiry.docker")
interface DockerConfig {
    /** Whether Docker hosts are offered at all. */
    @WithDefault("true")
    boolean enabled();

    /** The hosts by name; without any, one named local at the usual socket. */
    Map<String, Host> hosts();

    /** What customers see as the place of a host that has no location of its own. */
    @WithDefault("LOCAL-01")
    String location();

    /** Whether a host with neither GPUs nor declared ones pretends to have some. */
    @WithDefault("auto")
    Simulate simulate();

    /** What one GPU costs per hour in euro, by the GPU's canonical name; the rest have prices of the catalogue. */
    Map<String, BigDecimal> prices();

    /** What a host without GPUs costs per hour in euro. */
    @WithDefault("0.02")
    BigDecimal cpuPrice();

    /** Memory limit of a session per GPU; default: its share of 90 % of the host, 2 GiB where GPUs are simulated. */
    Optional<MemorySize> memoryPerGpu();

    /** Limit of a session in cores per GPU, 0 for none; default: its share of the host, none where GPUs are simulated. */
    OptionalDouble cpusPerGpu();

    /** Limit of a session's processes. */
    @WithDefault("4096")
    long pidsMax();

    /** The program that lists a machine's GPUs, on our own machine and on those behind SSH. */
    @WithDefault("nvidia-smi")
    String nvidiaSmi();

    /** How long that program may take. */
    @WithDefault("10s")
    Duration nvidiaSmiTimeout();

    /** How often the GPUs are looked at again. */
    @WithDefault("60s")
    Duration inventoryInterval();

    /** How long a host that does not answer keeps those waiting that ask all hosts. */
    @WithDefault("5s")
    Duration hostPatience();

    /** Volumes on the hosts' disks. */
    Volumes volumes();

    /** Volumes on the hosts' disks. */
    interface Volumes {
        /** Whether volumes are offered. */
        @WithDefault("true")
        boolean enabled();

        /** Where on each host they are kept. */
        @WithDefault("/var/lib/mimiry/volumes")
        String directory();

        /** What stays free on a host's disk for everything else, such as images. */
        @WithDefault("5G")
        MemorySize keepFree();

        /**
         * How often the room of a disk may be promised. At 1, a volume's room is taken from the disk when it is made; above,
         * files are sparse, and volumes that fill up fail when the disk is full.
         */
        @WithDefault("1")
        BigDecimal overcommit();

        /** What a GB costs the operator per month, in euro; for margins in reports. */
        @WithDefault("0")
        BigDecimal monthlyCostPerGb();

        /** How long work on one volume of a host may take. */
        @WithDefault("120s")
        Duration timeout();
    }

    /** One Docker host. */
    interface Host {
        /** Where its engine answers, such as {@code unix:///var/run/docker.sock} or {@code ssh://root@10.0.0.5}. */
        String uri();

        /** The public key that an {@code ssh://} host must prove to have, such as {@code ssh-ed25519 AAAA…}. */
        Optional<String> hostKey();

        /** A private key without a passphrase for logging in there; default: the deployment's own key. */
        Optional<Path> identityFile();

        /** What customers see as its place. */
        Optional<String> location();

        /** GPUs that it is declared to have without proof, such as {@code T4:4,H100:2}; what is really there wins. */
        Optional<String> gpus();
    }

    /** What to do on a host without GPUs. */
    enum Simulate {
        /** Pretend, say so in the log, and mark the offers. */
        AUTO,
        /** Offer none. */
        OFF
    }
}
