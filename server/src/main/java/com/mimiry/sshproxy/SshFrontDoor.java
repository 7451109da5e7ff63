package com.mimiry.sshproxy;

import com.mimiry.containers.Engines;
import com.mimiry.identity.SshKeys;
import com.mimiry.platform.SshEndpoint;
import com.mimiry.platform.StartFailure;
import com.mimiry.sessions.SshTargets;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.common.channel.Channel;
import org.apache.sshd.common.global.KeepAliveHandler;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.threads.NoCloseExecutor;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.channel.ChannelSessionFactory;
import org.apache.sshd.server.command.Command;
import org.apache.sshd.server.forward.DirectTcpipFactory;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.global.NoMoreSessionsHandler;
import org.apache.sshd.server.global.OpenSshHostKeysHandler;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.server.session.ServerSessionImpl;
import org.apache.sshd.server.session.SessionFactory;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The SSH server in front of all sessions: signs in by key, finds the session, runs processes in its container. */
@Singleton
public final class SshFrontDoor {
    private static final Logger LOG = Logger.getLogger("com.mimiry.ssh");

    private final SshConfig config;
    private final SshHostKeys hostKeys;
    private final SshTargets targets;
    private final SshKeys keys;
    private final Engines engines;
    private final SshEndpoint endpoint;
    private final FutureTask<Boolean> starting = new FutureTask<>(this::start, true);
    private volatile @Nullable Running running;

    SshFrontDoor(
            SshConfig config,
            SshHostKeys hostKeys,
            SshTargets targets,
            SshKeys keys,
            Engines engines,
            SshEndpoint endpoint) {
        this.config = config;
        this.hostKeys = hostKeys;
        this.targets = targets;
        this.keys = keys;
        this.engines = engines;
        this.endpoint = endpoint;
    }

    private record Running(
            SshServer server, ExecutorService threads, ConnectionLimits connections, ConnectionWatch watch) {}

    /** Takes longer than all else that begins now, and so begins first and beside it. */
    void onStart(@Observes @Priority(2) StartupEvent event) {
        if (config.enabled()) {
            Thread.ofPlatform().daemon().name("ssh-start").start(starting);
        }
    }

    void onStarted(@Observes @Priority(5_000) StartupEvent event) {
        if (!config.enabled()) {
            return;
        }
        try {
            starting.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("Interrupted while SSH was starting.", e);
        }
    }

    private static @Nullable String onlyAddress(String host) {
        try {
            return InetAddress.getByName(host).isAnyLocalAddress() ? null : host;
        } catch (UnknownHostException _) {
            return host;
        }
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException _) {
            return "localhost";
        }
    }

    void onStop(@Observes ShutdownEvent event) {
        stop();
    }

    /** The TCP port in use; 0 before the first start. */
    public int port() {
        return endpoint.port();
    }

    /** Whether a login would be answered now. */
    public boolean accepting() {
        return endpoint.accepting();
    }

    /** @throws StartFailure where the port cannot be had */
    void start() {
        // Whatever the library does for one connection runs on a virtual thread of its own, so that it may wait for the
        // database without holding up any other connection.
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        ConnectionLimits connections = new ConnectionLimits(config);
        SshServer server = server(hostKeys.load(), threads, connections);
        try {
            server.start();
        } catch (IOException e) {
            threads.shutdownNow();
            throw new StartFailure(
                    "SSH cannot listen on " + config.host() + " port " + config.port() + " (" + e.getMessage()
                            + "): stop what holds the port, or set mimiry.ssh.port to another.",
                    e);
        }
        ConnectionWatch watch = new ConnectionWatch(config, targets, connections);
        watch.start();
        running = new Running(server, threads, connections, watch);
        endpoint.open(
                server.getPort(),
                config.advertisedHost().orElseGet(SshFrontDoor::hostName),
                onlyAddress(config.host()));
        LOG.infof("ssh listening host=%s port=%d", config.host(), server.getPort());
    }

    /** Says goodbye to everybody and closes the port. Containers go on. */
    void stop() {
        Running stopping = running;
        if (stopping == null) {
            return;
        }
        running = null;
        endpoint.close();
        stopping.connections().closeDoor();
        stopping.watch().stop();
        sayGoodbye(stopping.connections().signedIn());
        try {
            stopping.server().stop(true);
        } catch (IOException e) {
            LOG.warnf(e, "ssh not stopped cleanly");
        }
        stopping.threads().shutdownNow();
    }

    private void sayGoodbye(List<SshConnection> connections) {
        Duration grace = config.stopGrace();
        CountDownLatch left = new CountDownLatch(connections.size());
        connections.forEach(connection -> Thread.ofVirtual().name("ssh-close").start(() -> {
            connection.close(Sentences.STOPPING, grace);
            left.countDown();
        }));
        try {
            if (!left.await(grace.toMillis() + 500, TimeUnit.MILLISECONDS)) {
                LOG.infof("ssh connections cut off without goodbye count=%d", left.getCount());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private SshServer server(List<KeyPair> keyPairs, ExecutorService threads, ConnectionLimits connections) {
        SshServer server = SshServer.setUpDefaultServer();
        server.setHost(config.host());
        server.setPort(config.port());
        server.setKeyPairProvider(KeyPairProvider.wrap(keyPairs));
        Algorithms.apply(server);
        server.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        server.setPublickeyAuthenticator(new KeyAuthentication(targets, keys));
        server.setKeyboardInteractiveAuthenticator(null);
        server.setPasswordAuthenticator(null);
        server.setIoServiceFactoryFactory(new Nio2ServiceFactoryFactory(() -> new NoCloseExecutor(threads)));
        server.addSessionListener(connections);
        server.setForwardingFilter(RejectAllForwardingFilter.INSTANCE);
        server.setAgentFactory(null);
        server.setChannelFactories(List.of(new SessionChannelFactory(), DirectTcpipFactory.INSTANCE));
        server.setGlobalRequestHandlers(
                List.of(KeepAliveHandler.INSTANCE, NoMoreSessionsHandler.INSTANCE, new OpenSshHostKeysHandler()));
        server.setShellFactory(channel -> process(channel, LoginShell.COMMAND));
        server.setCommandFactory((channel, command) -> process(channel, List.of("/bin/sh", "-c", command)));
        server.setSubsystemFactories(List.of());
        server.setSessionFactory(new FastCipherSessionFactory(server));
        Tuning.apply(server, config);
        return server;
    }

    private Command process(ChannelSession channel, List<String> command) {
        ServerSession session = channel.getServerSession();
        return new ContainerProcess(
                SshConnection.of(session, targets, keys), (SessionChannel) channel, engines, command);
    }

    private static final class FastCipherSessionFactory extends SessionFactory {
        FastCipherSessionFactory(SshServer server) {
            super(server);
        }

        @Override
        protected ServerSessionImpl doCreateSession(IoSession ioSession) throws Exception {
            return new FastCipherSession(getServer(), ioSession);
        }
    }

    private static final class SessionChannelFactory extends ChannelSessionFactory {
        @Override
        public Channel createChannel(Session session) {
            return new SessionChannel();
        }
    }
}
