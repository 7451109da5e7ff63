package com.mimiry.providers;

import java.util.Map;
import java.util.UUID;

/** The labels by which everything that we make at a provider, or on a machine, is known as ours. */
public final class MachineLabels {
    /** Which deployment of Mimiry made it; see {@link DeploymentId}. */
    public static final String DEPLOYMENT = "mimiry.deployment";

    /** The machine's tag. */
    public static final String MACHINE = "mimiry.machine";

    /** For people who read a listing; nothing decides by it. */
    public static final String SESSION = "mimiry.session";

    private MachineLabels() {}

    /** The labels of a session's container. */
    public static Map<String, String> of(UUID deployment, UUID machine, UUID session) {
        return Map.of(DEPLOYMENT, deployment.toString(), MACHINE, machine.toString(), SESSION, session.toString());
    }
}
