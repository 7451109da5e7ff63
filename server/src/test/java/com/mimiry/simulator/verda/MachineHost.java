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

    /** A disk comes to a machine that is about to boot. @return its name as a device, such as {@code vdb} */
    String attachDisk(String disk, int sizeGb);

    /** Its machine is off; what is on the disk stays. */
    void detachDisk(String disk);

    /** It is gone, with what is on it; one that is not there is success. */
    void deleteDisk(String disk);

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

            @Override
            public String attachDisk(String disk, int sizeGb) {
                return "vdb";
            }

            @Override
            public void detachDisk(String disk) {
                // Nothing runs here.
            }

            @Override
            public void deleteDisk(String disk) {
                // Nothing runs here.
            }
        };
    }
}
