package com.mimiry.containers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The real engine of this machine with a small image of our own; removes after each test the containers it made. */
final class TestEngine implements BeforeAllCallback, AfterEachCallback {
    static final EngineAddress ADDRESS = EngineAddress.of("unix:///var/run/docker.sock");
    static final String IMAGE = "mimiry-containers-test:busybox";
    static final String SHELLLESS = "mimiry-containers-test:shellless";
    static final String TOKEN = "t0k3n-5ad1e4f0";

    static final List<String> TOOLS = List.of(
            "sh",
            "cat",
            "sleep",
            "echo",
            "seq",
            "stty",
            "id",
            "head",
            "tail",
            "sha256sum",
            "wc",
            "ps",
            "kill",
            "nc",
            "ping",
            "yes",
            "printf",
            "true",
            "env",
            "setsid",
            "nohup",
            "pwd",
            "ls",
            "awk",
            "touch",
            "dd",
            "ip",
            "hostname",
            "tr",
            "grep",
            "mkdir",
            "rm",
            "test",
            "chown",
            "df",
            "httpd");

    final String run = UUID.randomUUID().toString();
    final ContainerEngine engine = connect(Duration.ofSeconds(60));
    private final List<String> names = new ArrayList<>();

    static DockerEngine connect(Duration timeout) {
        return connect(ADDRESS, timeout);
    }

    static DockerEngine connect(EngineAddress address, Duration timeout) {
        return connect(address, timeout, InitBinary.bundled());
    }

    static DockerEngine connect(EngineAddress address, Duration timeout, InitBinary init) {
        return new DockerEngine(
                address, new UnixConnector(), new Timeouts(timeout, timeout, 0), UUID::randomUUID, init);
    }

    /** As {@link #connect(Duration)}, with networks that are kept ready. */
    static DockerEngine connectWithReadyNetworks(int count) {
        Duration timeout = Duration.ofSeconds(60);
        return new DockerEngine(
                ADDRESS,
                new UnixConnector(),
                new Timeouts(timeout, timeout, count),
                UUID::randomUUID,
                InitBinary.bundled());
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        engine.prepare();
        if (engine.image(IMAGE).isEmpty()) {
            load(IMAGE, rootFileSystem(TOOLS), "ENV PATH=/bin");
        }
        if (engine.image(SHELLLESS).isEmpty()) {
            load(SHELLLESS, rootFileSystem(List.of("cat")), "ENV PATH=/bin");
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        removeAll();
    }

    void removeAll() {
        names.forEach(engine::remove);
        names.clear();
    }

    String newName() {
        String name = "mimiry-containers-test-" + UUID.randomUUID();
        names.add(name);
        return name;
    }

    Spec spec() {
        return new Spec(newName(), IMAGE, Map.of("com.mimiry.containers.test", run));
    }

    /** Creates and starts a container that runs the command. */
    String started(String command) {
        ContainerSpec spec = spec().command(command).build();
        engine.create(spec);
        engine.start(spec.name());
        return spec.name();
    }

    /** Creates and starts a container without a command. */
    String idle() {
        ContainerSpec spec = spec().build();
        engine.create(spec);
        engine.start(spec.name());
        return spec.name();
    }

    ContainerStatus.Exited awaitExit(String name) {
        for (int i = 0; i < 1_500; i++) {
            if (engine.inspect(name) instanceof ContainerStatus.Exited exited) {
                return exited;
            }
            Pauses.millis(20);
        }
        throw new AssertionError("The container did not end: " + engine.inspect(name) + "\n" + output(name));
    }

    /** Everything printed so far, control lines included. */
    String output(String name) {
        StringBuilder text = new StringBuilder();
        engine.logs(name, null, false, entry -> text.append(new String(entry.payload(), StandardCharsets.UTF_8)));
        return text.toString();
    }

    /** What the init reported so far. */
    List<InitLine> reports(String name) {
        return output(name)
                .lines()
                .flatMap(line -> InitLines.parse(line.getBytes(StandardCharsets.UTF_8), TOKEN, Instant.EPOCH).stream())
                .map(InitLines.Parsed::line)
                .toList();
    }

    /** Runs a command in a container and returns stdout, stderr and exit code. */
    Ran exec(String name, String... command) throws IOException {
        ByteArrayOutputStream stdout = new ByteArrayOutputStream();
        ByteArrayOutputStream stderr = new ByteArrayOutputStream();
        try (ExecStream exec = engine.exec(name, new ExecSpec(List.of(command), Map.of(), null, null))) {
            exec.stdin().close();
            exec.copyOutput(stdout, stderr);
            return new Ran(
                    stdout.toString(StandardCharsets.UTF_8), stderr.toString(StandardCharsets.UTF_8), exec.exitCode());
        }
    }

    record Ran(String stdout, String stderr, int exitCode) {}

    record Timeouts(Duration callTimeout, Duration streamSilence, int readyNetworks) implements ContainersConfig {}

    static byte[] rootFileSystem(List<String> tools) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            byte[] busybox = Files.readAllBytes(Stream.of("/bin/busybox", "/usr/bin/busybox")
                    .map(Path::of)
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("apt-get install busybox-static")));
            file(tar, "bin/busybox", busybox);
            for (String tool : tools) {
                TarArchiveEntry link = new TarArchiveEntry("bin/" + tool, TarConstants.LF_SYMLINK);
                link.setLinkName("busybox");
                tar.putArchiveEntry(link);
                tar.closeArchiveEntry();
            }
            file(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n".getBytes(StandardCharsets.UTF_8));
            directory(tar, "tmp/", 0041777);
            directory(tar, "root/", 0040700);
        }
        return bytes.toByteArray();
    }

    private static void file(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        TarArchiveEntry file = new TarArchiveEntry(name);
        file.setMode(0100755);
        file.setSize(content.length);
        tar.putArchiveEntry(file);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static void directory(TarArchiveOutputStream tar, String name, int mode) throws IOException {
        TarArchiveEntry directory = new TarArchiveEntry(name);
        directory.setMode(mode);
        tar.putArchiveEntry(directory);
        tar.closeArchiveEntry();
    }

    /** Imports an image; the changes are Dockerfile instructions. */
    static void load(String image, byte[] tar, String... changes) {
        int colon = image.lastIndexOf(':');
        EngineRequest request = EngineRequest.post("/images/create")
                .query("fromSrc", "-")
                .query("repo", image.substring(0, colon))
                .query("tag", image.substring(colon + 1));
        for (String change : changes) {
            request = request.query("changes", change);
        }
        http().call(request.body("application/x-tar", tar));
    }

    static EngineHttp http() {
        return new EngineHttp(ADDRESS, new UnixConnector(), Duration.ofSeconds(60));
    }
}
