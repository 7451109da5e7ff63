package com.mimiry.containers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process in a container, attached to over a connection that the engine has handed over to it. One thread copies the
 * output, another may write stdin, any may signal, resize and close.
 */
final class EngineExec implements ExecStream {
    /** How a signal finds the process from inside of the container; see {@code signal} in the init. */
    static final String MARK = "MIMIRY_EXEC";

    private static final System.Logger LOG = System.getLogger(EngineExec.class.getName());

    private final EngineHttp http;
    private final String id;
    private final boolean terminal;
    private final EngineResponse stream;
    private final OutputStream stdin;
    private final ExecProcess process;
    private volatile @Nullable Integer exitCode;

    private EngineExec(EngineHttp http, String id, boolean terminal, EngineResponse stream, ExecProcess process) {
        this.http = http;
        this.id = id;
        this.terminal = terminal;
        this.stream = stream;
        this.stdin = stream.upstream();
        this.process = process;
    }

    static EngineExec start(EngineHttp http, String container, ExecSpec spec, String mark) {
        boolean terminal = spec.terminal() != null;
        JsonNode created = http.call(EngineRequest.post("/containers/" + EngineRequest.encode(container) + "/exec")
                .json(body(spec, mark)));
        String id = created.path("Id").asText();
        ObjectNode start = EngineHttp.JSON.createObjectNode();
        start.put("Detach", false).put("Tty", terminal);
        EngineResponse stream =
                http.open(EngineRequest.post("/exec/" + id + "/start").upgrade().json(start));
        // From here on the process decides how long it is silent.
        stream.watch().close();
        return new EngineExec(http, id, terminal, stream, new ExecProcess(http, container, id, mark));
    }

    private static ObjectNode body(ExecSpec spec, String mark) {
        ObjectNode body = EngineHttp.JSON.createObjectNode();
        body.put("AttachStdin", true).put("AttachStdout", true).put("AttachStderr", true);
        body.put("Tty", spec.terminal() != null);
        ArrayNode command = body.putArray("Cmd");
        if (spec.terminal() != null) {
            // A resize by the engine comes after the program has started, and so after its first look.
            ContainerBody.strings(
                    command,
                    List.of(
                            InitBinary.PATH,
                            "terminal",
                            Integer.toString(spec.terminal().columns()),
                            Integer.toString(spec.terminal().rows())));
        }
        ContainerBody.strings(command, spec.command());
        spec.environment().forEach((name, value) -> body.withArray("Env").add(name + "=" + value));
        body.withArray("Env").add(MARK + "=" + mark);
        if (spec.workingDir() != null) {
            body.put("WorkingDir", spec.workingDir());
        }
        return body;
    }

    /** The engine's name for it. */
    String id() {
        return id;
    }

    @Override
    public OutputStream stdin() {
        return stdin;
    }

    @Override
    public void copyOutput(OutputStream stdout, OutputStream stderr) throws IOException {
        StartFailureGate gate = new StartFailureGate(stdout);
        if (terminal) {
            ExecOutput.copyRaw(stream.body(), gate);
        } else {
            ExecOutput.copyFrames(stream.body(), gate, stderr);
        }
        String failure = gate.held();
        if (failure != null && process.neverRan()) {
            StartFailure explained = StartFailure.of(failure);
            exitCode = explained.exitCode();
            OutputStream out = terminal ? stdout : stderr;
            out.write(explained.sentence(terminal));
            out.flush();
        } else {
            gate.release();
        }
    }

    @Override
    public void resize(ExecSpec.TerminalSize size) {
        try {
            http.call(EngineRequest.post("/exec/" + id + "/resize")
                    .query("h", Integer.toString(size.rows()))
                    .query("w", Integer.toString(size.columns())));
        } catch (EngineException.NotFound | EngineException.Conflict | EngineException.Rejected e) {
            // It has ended, or could not be started: its output and exit code will tell.
            return;
        }
    }

    @Override
    public int exitCode() throws IOException {
        Integer known = exitCode;
        if (known == null) {
            known = process.awaitExit();
            exitCode = known;
        }
        return known;
    }

    @Override
    public void signal(String signal) {
        process.signal(signal);
    }

    @Override
    public void close() {
        // Whoever is torn down by an interrupt leaves here too, and the calls below would not get far with it.
        boolean interrupted = Thread.interrupted();
        try {
            if (exitCode == null) {
                process.signal("HUP");
            }
        } catch (EngineException e) {
            LOG.log(System.Logger.Level.WARNING, "A process whose client left may still run: exec=" + id, e);
        } finally {
            stream.close();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
