package com.mimiry.containers;

import java.io.IOException;
import org.apache.sshd.client.channel.AsyncCapableClientChannel;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.util.buffer.Buffer;

/** OpenSSH's way to a Unix-domain socket at the other end (PROTOCOL, section 2.4), which the library does not have. */
final class StreamLocalChannel extends AsyncCapableClientChannel {
    private static final String TYPE = "direct-streamlocal@openssh.com";

    private final String socket;

    StreamLocalChannel(String socket) {
        super(TYPE, false);
        this.socket = socket;
    }

    @Override
    public synchronized OpenFuture open() throws IOException {
        if (closeFuture.isClosed()) {
            throw new SshException("the SSH connection has been closed");
        }
        openFuture = new DefaultOpenFuture(socket, futureLock);
        Buffer message = getSession().createBuffer(SshConstants.SSH_MSG_CHANNEL_OPEN);
        message.putString(TYPE);
        message.putUInt(getChannelId());
        message.putUInt(getLocalWindow().getSize());
        message.putUInt(getLocalWindow().getPacketSize());
        message.putString(socket);
        message.putString("");
        message.putUInt(0);
        writePacket(message);
        return openFuture;
    }
}
