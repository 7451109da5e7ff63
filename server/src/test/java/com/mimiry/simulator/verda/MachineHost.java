package com.mimiry.simulator.verda;

import java.util.List;

/** Where the emulator's machines really run. */
public interface MachineHost {
    /** An address for a new machine. */
    String newAddress();

    /**
     * Boots a machine; returns when its SSH server answers, or throws.
     *
     * @param machine the tag that its containers carry
     * @param script what it runs as root first
     */
    void boot(String instance, String machine, String address, String script, List<String> keys, boolean docker);

    /** The machine goes on at another address. */
    void move(String instance, String address);

    /** Ends it with all that it runs; one that is not there is success. */
    void end(String instance);

    /** No machines at all: for tests of the contract alone. */
    static MachineHost none() {
        return new MachineHost() {
            private int addresses;

            @Override
            public synchronized String newAddress() {
                addresses++;
                return "127.99." + addresses / 250 + "." + (1 + addresses % 250);
            }

            @Override
            public void boot(
                    String instance, String machine, String address, String script, List<String> keys, boolean docker) {
                // Nothing runs here.
            }

            @Override
            public void move(String instance, String address) {
                // Nothing runs here.
            }

            @Override
            public void end(String instance) {
                // Nothing runs here.
            }
        };
    }
}
