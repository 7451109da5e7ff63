package com.mimiry.providers.verda;

import com.mimiry.platform.Secret;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** An account at Verda. Without a client id there is no such provider. Margins are set in {@code mimiry.market}. */
@ConfigMapping(prefix = "mimiry.providers.verda")
interface VerdaConfig {
    /** The id of the API credential. */
    Optional<String> clientId();

    /** The secret that belongs to it. */
    Optional<Secret> clientSecret();

    /** Where the API answers. */
    @WithDefault("https://api.verda.com/v1")
    URI baseUrl();

    /** Only these places, such as {@code FIN-01,ICE-01}; default: all that Verda names. */
    Optional<List<String>> locations();

    /** Whether machines that Verda may take back at any moment are offered too. */
    @WithDefault("true")
    boolean spot();

    /** Whether instances without GPUs are offered too. */
    @WithDefault("true")
    boolean cpuOnly();

    /** The operating system image, where a kind of instance has it; default: its newest with Docker. */
    Optional<String> image();

    /** Size of a machine's own disk in GB; Verda takes none below 50. */
    @WithDefault("100")
    int osVolumeGb();

    /** TCP port of the machines' SSH server. */
    @WithDefault("22")
    int sshPort();

    /** The longest that one call may take, from first byte to last. */
    @WithDefault("20s")
    Duration callTimeout();

    /** How often all replicas together list the instances; Verda refuses more than 120 a minute. */
    @WithDefault("100")
    int listsPerMinute();

    /** How often all replicas together ask for single instances that a list lacks. */
    @WithDefault("120")
    int recordsPerMinute();

    /** Below this, in the account's currency, the operator is warned: Verda ends all machines of an empty account. */
    @WithDefault("50")
    BigDecimal balanceLow();

    /** How long a listing may wait for its turn. */
    @WithDefault("5s")
    Duration listPatience();

    /** How long a create without an answer may take to show in the listing; for volumes, how long none is sent again. */
    @WithDefault("2m")
    Duration appearWithin();

    /** How long a launch waits for volumes that the machine before it has not let go yet. */
    @WithDefault("30s")
    Duration volumePatience();

    /** For an emulator: offers are marked as simulated, and containers get no GPUs. */
    @WithDefault("false")
    boolean simulated();
}
