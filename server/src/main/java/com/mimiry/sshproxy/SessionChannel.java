package com.mimiry.sshproxy;

import com.mimiry.containers.ExecSpec.TerminalSize;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.sshd.common.channel.PtyMode;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.server.channel.ChannelSession;
import org.jspecify.annotations.Nullable;

/**
 * A "session" channel: collects what the client asks for (environment, terminal) until it names a program, and passes on
 * resizes and signals to the process afterwards. All requests of a connection come one after the other.
 */
final class SessionChannel extends ChannelSession {
    private static final Pattern SIGNAL = Pattern.compile("[A-Z][A-Z0-9]{1,9}");
    private static final TerminalSize USUAL = new TerminalSize(80, 24);
    private static final int SIDE_MAX = 10_000;

    private final ClientEnvironment environment = new ClientEnvironment();
    private final ChannelInput input = new ChannelInput();
    private @Nullable TerminalSize terminal;
    private @Nullable ContainerProcess process;

    SessionChannel() {
        setDataReceiver(input);
    }

    ChannelInput input() {
        return input;
    }

    Map<String, String> clientEnvironment() {
        return environment.variables();
    }

    /** The terminal that the client asked for; null for plain pipes. */
    @Nullable TerminalSize terminal() {
        return terminal;
    }

    void runs(ContainerProcess started) {
        this.process = started;
    }

    /** In place of the library's own, which writes values into its log. */
    @Override
    protected RequestHandler.Result handleEnv(Buffer buffer, boolean wantReply) {
        String name = buffer.getString();
        return environment.accept(name, buffer.getString())
                ? RequestHandler.Result.ReplySuccess
                : RequestHandler.Result.ReplyFailure;
    }

    @Override
    protected RequestHandler.Result handlePtyReqParsed(
            String term, int columns, int rows, int width, int height, Map<PtyMode, Integer> modes) {
        terminal = size(columns, rows);
        if (!term.isEmpty()) {
            environment.accept("TERM", term);
        }
        return RequestHandler.Result.ReplySuccess;
    }

    @Override
    protected RequestHandler.Result handleWindowChangeParsed(int columns, int rows, int width, int height) {
        if (terminal == null) {
            return RequestHandler.Result.ReplyFailure;
        }
        TerminalSize size = size(columns, rows);
        terminal = size;
        if (process != null) {
            process.resize(size);
        }
        return RequestHandler.Result.ReplySuccess;
    }

    @Override
    protected RequestHandler.Result handleSignalParsed(String name) {
        if (process == null || !SIGNAL.matcher(name).matches()) {
            return RequestHandler.Result.ReplyFailure;
        }
        process.signal(name);
        return RequestHandler.Result.ReplySuccess;
    }

    @Override
    protected RequestHandler.Result handleBreakParsed(long breakLength) {
        return handleSignalParsed("INT");
    }

    /**
     * The exit status goes first. The library's order, end of file before status, lets a client that has nothing more to
     * send close the channel in between, and the status is lost.
     */
    @Override
    protected void closeShell(int exitValue, boolean closeImmediately) throws IOException {
        if (!isClosing()) {
            sendExitStatus(exitValue);
        }
        super.closeShell(exitValue, closeImmediately);
    }

    private static TerminalSize size(int columns, int rows) {
        return new TerminalSize(
                columns <= 0 ? USUAL.columns() : Math.min(columns, SIDE_MAX),
                rows <= 0 ? USUAL.rows() : Math.min(rows, SIDE_MAX));
    }
}
