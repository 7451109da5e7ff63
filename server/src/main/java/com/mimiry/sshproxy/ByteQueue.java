package com.mimiry.sshproxy;

/** A queue of bytes that grows as needed and lets go of its memory when empty. Its owner guards it and bounds it. */
final class ByteQueue {
    private static final int SMALL = 1 << 12;
    private static final int LARGE = 1 << 18;

    private byte[] ring = new byte[SMALL];
    private int head;
    private int size;

    int size() {
        return size;
    }

    void put(byte[] source, int offset, int length) {
        ensureRoom(length);
        int tail = (head + size) & (ring.length - 1);
        int first = Math.min(length, ring.length - tail);
        System.arraycopy(source, offset, ring, tail, first);
        System.arraycopy(source, offset + first, ring, 0, length - first);
        size += length;
    }

    /** Moves exactly {@code length} bytes, of which there must be as many. */
    void take(byte[] target, int offset, int length) {
        int first = Math.min(length, ring.length - head);
        System.arraycopy(ring, head, target, offset, first);
        System.arraycopy(ring, 0, target, offset + first, length - first);
        head = (head + length) & (ring.length - 1);
        size -= length;
        if (size == 0) {
            head = 0;
            if (ring.length > LARGE) {
                ring = new byte[SMALL];
            }
        }
    }

    private void ensureRoom(int length) {
        int needed = size + length;
        if (needed <= ring.length) {
            return;
        }
        byte[] larger = new byte[Integer.highestOneBit(needed - 1) << 1];
        int kept = size;
        int first = Math.min(kept, ring.length - head);
        System.arraycopy(ring, head, larger, 0, first);
        System.arraycopy(ring, 0, larger, first, kept - first);
        ring = larger;
        head = 0;
    }
}
