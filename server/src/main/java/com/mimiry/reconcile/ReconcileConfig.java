package com.mimiry.reconcile;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How reconcile steps are run. */
@ConfigMapping(prefix = "mimiry.reconcile")
interface ReconcileConfig {
    /** Whether this replica runs steps at all. */
    @WithDefault("true")
    boolean enabled();

    /** Steps run at once on this replica. */
    @WithDefault("16")
    int workers();

    /** Steps run at once on this replica that wait for the same provider. */
    @WithDefault("20")
    int workersPerProvider();

    /** How often the queue is looked at for steps that have become due. */
    @WithDefault("100ms")
    Duration pollInterval();

    /** The longest pause between two tries of a step that fails. */
    @WithDefault("30s")
    Duration retryDelayMax();
}
