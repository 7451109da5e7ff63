package com.mimiry.it;

import com.mimiry.simulator.verda.VerdaEmulator;
import java.util.HashMap;
import java.util.Map;

/** A server whose account at Verda is an emulated one. */
final class EmulatedVerda {
    private EmulatedVerda() {}

    /** What such a server is told, with further settings of the caller's. */
    static Map<String, String> settings(VerdaEmulator verda, Map<String, String> further) {
        Map<String, String> settings = new HashMap<>(further);
        settings.put("mimiry.providers.verda.client-id", VerdaEmulator.CLIENT_ID);
        settings.put("mimiry.providers.verda.client-secret", VerdaEmulator.CLIENT_SECRET);
        settings.put("mimiry.providers.verda.base-url", verda.url());
        return settings;
    }
}
