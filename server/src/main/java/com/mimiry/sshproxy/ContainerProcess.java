package com.mimiry.sshproxy;

import com.mimiry.containers.ContainerEngine;
import com.mimiry.containers.ContainerStatus;
import com.mimiry.containers.EngineException;
import com.mimiry.containers.Engines;
import com.mimiry.containers.ExecSpec;
import com.mimiry.containers.ExecSpec.TerminalSize;
import com.mimiry.containers.ExecStream;
import com.mimiry.sessions.SshTargets.SshTarget;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One channel become one process in a container: streams, size, signals and exit code pass through, nothing is added. Runs
 * on virtual threads of its own, one each for stdin, for the process's output and for sending; the lock guards the handover
 * of the stream between the thread that starts it and those that may end it at any time.
 */
final class ContainerProcess implements Command {
    private static final Logger LOG = Logger.getLogger("com.mimiry.ssh");
    private static final int REFUSED = 1;
    private static final int BROKEN = 255;
    private static final int KILLED = 137;
    private static final int EARLY_MAX = 64;
    private static final Duration ENGINE_LAG = Duration.ofMillis(500);

    private final SshConnection connection;
    private final SessionChannel channel;
    private final Engines engines;
    private final List<String> command;
    private final ChannelOutput output;
    private final Object lock = new Object();
    private final ExecutorService controls =
            Executors.newSingleThreadExecutor(Thread.ofVirtual().factory());
    private @Nullable ExitCallback exit;
    private @Nullable ExecStream stream;
    private final List<Consumer<ExecStream>> early = new ArrayList<>();
    private @Nullable String lastWords;
    private boolean over;

    /** @param command the program in the container with its arguments */
    ContainerProcess(SshConnection connection, SessionChannel channel, Engines engines, List<String> command) {
        this.connection = connection;
        this.channel = channel;
        this.engines = engines;
        this.command = command;
        this.output = new ChannelOutput(channel);
    }

    @Override
    public void start(ChannelSession session, Environment environment) {
        channel.runs(this);
        connection.started(this);
        Thread.ofVirtual().name("ssh-output").start(output::send);
        Thread.ofVirtual().name("ssh-process").start(this::run);
    }

    private void run() {
        int code = BROKEN;
        try {
            code = lead();
            output.finish();
        } catch (IOException e) {
            LOG.debugf(e, "ssh channel broke off");
        } finally {
            release();
            if (exit != null) {
                exit.onExit(code);
            }
            connection.ended(this);
        }
    }

    private int lead() throws IOException {
        try {
            return follow(connection.route());
        } catch (RuntimeException e) {
            LOG.warnf(e, "ssh channel could not be led anywhere");
            say(Sentences.UNKNOWN);
            return BROKEN;
        }
    }

    private int follow(Route route) throws IOException {
        return switch (route) {
            case Route.Denied _ -> refuse(Sentences.DENIED);
            case Route.Ambiguous(List<SshTarget> targets) -> refuse(Sentences.choice(targets, connection.here()));
            case Route.Into(SshTarget target) -> {
                String refusal = target.refusal();
                yield refusal == null ? execute(target) : refuse(refusal);
            }
        };
    }

    private int refuse(String sentence) throws IOException {
        say(sentence);
        return REFUSED;
    }

    private int execute(SshTarget target) throws IOException {
        ContainerEngine engine = engines.connect(target.engine());
        int code = BROKEN;
        String trouble = null;
        try (ExecStream running = engine.exec(target.container(), spec())) {
            if (take(running)) {
                Thread.ofVirtual().name("ssh-input").start(() -> feed(running));
                running.copyOutput(output.stdout(), output.stderr());
                code = running.exitCode();
            }
        } catch (EngineException | IOException e) {
            LOG.debugf(e, "ssh process broke off sessionId=%s", target.sessionId());
            trouble = Sentences.BROKEN;
        }
        String farewell = farewell(engine, target, code, trouble);
        if (farewell != null) {
            say(farewell);
        }
        return code;
    }

    private ExecSpec spec() {
        return new ExecSpec(command, channel.clientEnvironment(), channel.terminal(), null);
    }

    /** Whether the process is still wanted; if so, it gets what the client asked for while it started. */
    private boolean take(ExecStream running) {
        synchronized (lock) {
            if (over) {
                return false;
            }
            stream = running;
            early.forEach(action -> deliver(running, action));
            early.clear();
            return true;
        }
    }

    private void release() {
        synchronized (lock) {
            over = true;
            stream = null;
            controls.shutdown();
        }
    }

    private void feed(ExecStream running) {
        try {
            channel.input().copyTo(running.stdin(), channel);
            // A terminal has no half-close: there the engine would take the end of stdin for the end of everything.
            if (channel.terminal() == null) {
                running.stdin().close();
            }
        } catch (IOException | RuntimeException e) {
            LOG.debugf(e, "the process takes no more input");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What to tell the person about the end, if anything: a process that ended by itself speaks for itself. */
    private @Nullable String farewell(ContainerEngine engine, SshTarget target, int code, @Nullable String trouble) {
        synchronized (lock) {
            if (lastWords != null) {
                return lastWords;
            }
        }
        if (code != KILLED && trouble == null) {
            return null;
        }
        try {
            return endsWithin(ENGINE_LAG, engine, target) ? Sentences.ended(target) : trouble;
        } catch (EngineException e) {
            LOG.debugf(e, "container not inspected");
            return trouble;
        }
    }

    /** A dying container's processes end a little before the engine shows it. */
    private static boolean endsWithin(Duration patience, ContainerEngine engine, SshTarget target) {
        long giveUp = System.nanoTime() + patience.toNanos();
        while (engine.inspect(target.container()) instanceof ContainerStatus.Running) {
            if (System.nanoTime() > giveUp) {
                return false;
            }
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
        return true;
    }

    private void say(String sentence) throws IOException {
        String lineEnd = channel.terminal() == null ? "\n" : "\r\n";
        String text =
                (channel.terminal() == null ? "" : lineEnd) + "mimiry: " + sentence.replace("\n", lineEnd) + lineEnd;
        output.stderr().write(text.getBytes(StandardCharsets.UTF_8));
    }

    void resize(TerminalSize size) {
        control(running -> running.resize(size));
    }

    void signal(String name) {
        control(running -> running.signal(name));
    }

    private void control(Consumer<ExecStream> action) {
        synchronized (lock) {
            ExecStream running = stream;
            if (running != null) {
                deliver(running, action);
            } else if (!over && early.size() < EARLY_MAX) {
                early.add(action);
            }
        }
    }

    /** Controls reach the process in the order in which the client sent them, without holding up its connection. */
    private void deliver(ExecStream running, Consumer<ExecStream> action) {
        controls.execute(() -> {
            try {
                action.accept(running);
            } catch (EngineException e) {
                LOG.debugf(e, "ssh control not delivered");
            }
        });
    }

    /** Hangs up on the process and tells the person why. */
    void stop(String sentence) {
        synchronized (lock) {
            lastWords = sentence;
        }
        hangUp();
    }

    @Override
    public void destroy(ChannelSession session) {
        output.fail(new IOException("channel closed"));
        hangUp();
    }

    private void hangUp() {
        ExecStream running;
        synchronized (lock) {
            over = true;
            running = stream;
            stream = null;
        }
        if (running != null) {
            Thread.ofVirtual().name("ssh-hangup").start(running::close);
        }
    }

    @Override
    public void setExitCallback(ExitCallback callback) {
        this.exit = callback;
    }

    @Override
    public void setInputStream(InputStream in) {}

    @Override
    public void setOutputStream(OutputStream out) {}

    @Override
    public void setErrorStream(OutputStream err) {}
}
