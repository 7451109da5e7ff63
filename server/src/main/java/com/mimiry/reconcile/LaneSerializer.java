package com.mimiry.reconcile;

import com.github.kagkarlsson.scheduler.serializer.Serializer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The data of a row in the queue is the name of its lane. */
final class LaneSerializer implements Serializer {
    static byte[] bytes(String lane) {
        return lane.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte @Nullable [] serialize(@Nullable Object data) {
        return data == null ? null : bytes((String) data);
    }

    @Override
    public <T> @Nullable T deserialize(Class<T> type, byte @Nullable [] data) {
        return data == null ? null : type.cast(new String(data, StandardCharsets.UTF_8));
    }
}
