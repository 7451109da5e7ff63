package com.mimiry.containers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import org.apache.sshd.client.channel.AbstractClientChannel;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.channel.ChannelOutputStream;
import org.apache.sshd.common.util.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** A stream to a Unix socket on the other side: OpenSSH's extension, which the library knows as a server only. */
final class StreamlocalChannel extends AbstractClientChannel {
    private static final String TYPE = "direct-streamlocal@openssh.com";
    /** Whoever writes waits for as long as the reader over there wants; calls have a watchdog of their own. */
    private static final Duration WRITE_PATIENCE = Duration.ofDays(365);

    private final String socket;
    private volatile @Nullable ReceivedBytes received;

    StreamlocalChannel(String socket) {
        super(TYPE);
        this.socket = socket;
    }

    @Override
    public synchronized OpenFuture open() throws IOException {
        openFuture = new DefaultOpenFuture(socket, futureLock);
        int size = TYPE.length() + socket.getBytes(StandardCharsets.UTF_8).length + Long.SIZE;
        Buffer request = getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_OPEN, size);
        request.putString(TYPE);
        request.putUInt(getChannelId());
        request.putUInt(getLocalWindow().getSize());
        request.putUInt(getLocalWindow().getPacketSize());
        request.putString(socket);
        // Reserved by the extension's description.
        request.putString("");
        request.putUInt(0);
        writePacket(request);
        return openFuture;
    }

    @Override
    protected void doOpen() {
        out = new ChannelOutputStream(
                this, getRemoteWindow(), WRITE_PATIENCE, log, SshConstants.SSH_MSG_CHANNEL_DATA, true);
        invertedIn = out;
        received = new ReceivedBytes(getLocalWindow());
        in = received;
        invertedOut = received;
    }

    @Override
    protected void doWriteData(byte[] data, int offset, long length) {
        if (length > 0) {
            Objects.requireNonNull(received).add(Arrays.copyOfRange(data, offset, offset + Math.toIntExact(length)));
        }
    }

    @Override
    public void handleEof() throws IOException {
        super.handleEof();
        Objects.requireNonNull(received).end();
    }

    String failure() {
        return openFailureMsg == null || openFailureMsg.isEmpty() ? "no reason given" : openFailureMsg;
    }
}
