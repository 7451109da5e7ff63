package com.mimiry.sshproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ByteQueueTest {
    @Test
    void what_goes_in_comes_out_in_order_however_it_is_cut() {
        long seed = new SplittableRandom().nextLong();
        SplittableRandom random = new SplittableRandom(seed);
        byte[] source = new byte[1 << 21];
        random.nextBytes(source);
        byte[] target = new byte[source.length];
        ByteQueue queue = new ByteQueue();
        int in = 0;
        int out = 0;
        while (out < source.length) {
            if (in < source.length && random.nextInt(100) < 55) {
                int length = Math.min(random.nextInt(1 << random.nextInt(20)), source.length - in);
                queue.put(source, in, length);
                in += length;
            } else {
                int length = Math.min(random.nextInt(1 << random.nextInt(1, 20)), queue.size());
                queue.take(target, out, length);
                out += length;
            }
            assertThat(queue.size()).as("seed %d", seed).isEqualTo(in - out);
        }
        assertThat(Arrays.equals(source, target)).as("seed %d", seed).isTrue();
    }
}
