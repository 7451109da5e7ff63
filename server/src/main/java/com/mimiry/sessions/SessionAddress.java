package com.mimiry.sessions;

import java.util.UUID;

/** The loopback addresses that sessions own: the whole of 127/8 is this machine's, and 127.64/10 is ours by choice. */
final class SessionAddress {
    private static final int SECOND_OCTET = 64;

    private SessionAddress() {}

    /** An address made of an id's random bits; another session may have it. */
    static String of(UUID random) {
        long bits = random.getLeastSignificantBits();
        return "127.%d.%d.%d"
                .formatted(SECOND_OCTET + (bits & 63), (bits >> 6) & 255, 1 + Math.floorMod(bits >> 14, 254L));
    }

    /** @param address as text, IPv4 in dotted form */
    static boolean isOne(String address) {
        String[] octets = address.split("\\.", -1);
        if (octets.length != 4 || !octets[0].equals("127")) {
            return false;
        }
        int second = Integer.parseInt(octets[1]);
        return second >= SECOND_OCTET && second < 2 * SECOND_OCTET;
    }
}
