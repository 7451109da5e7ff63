package com.mimiry.containers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/** Unix-domain sockets of this machine. */
final class UnixConnector implements Connector {
    @Override
    public Wire wire(EngineAddress address) throws IOException {
        UnixDomainSocketAddress socket =
                UnixDomainSocketAddress.of(Path.of(address.uri().getPath()));
        return new UnixWire(SocketChannel.open(StandardProtocolFamily.UNIX), socket);
    }

    private record UnixWire(SocketChannel channel, UnixDomainSocketAddress socket) implements Wire {
        @Override
        public void connect() throws IOException {
            channel.connect(socket);
        }

        @Override
        public InputStream input() {
            return new ChannelInput(channel);
        }

        @Override
        public OutputStream output() {
            return new ChannelOutput(channel);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }

    /** The JDK's own channel streams share one lock in some cases; a reader must never wait for a writer here. */
    private static final class ChannelInput extends InputStream {
        private final SocketChannel channel;

        ChannelInput(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return length == 0 ? 0 : channel.read(ByteBuffer.wrap(target, offset, length));
        }
    }

    private static final class ChannelOutput extends OutputStream {
        private final SocketChannel channel;

        ChannelOutput(SocketChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            ByteBuffer rest = ByteBuffer.wrap(source, offset, length);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }

        @Override
        public void close() throws IOException {
            if (channel.isOpen()) {
                channel.shutdownOutput();
            }
        }
    }
}
