import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** A server of the bench's own, with a user and an image, and everything that has to be taken down again. */
final class Lab implements AutoCloseable {
    private static final long START_SECONDS = 600;
    static final String IMAGE = "mimiry-bench:local";

    final boolean quick;
    final Path folder;
    final Path data;
    private final int sshPort;
    private final Thread hook = new Thread(this::takeDown, "take-down");
    private Process server;
    private Api api;
    private boolean imageMade;
    private boolean down;

    private Lab(boolean quick, Path folder, int sshPort) {
        this.quick = quick;
        this.folder = folder;
        this.data = folder.resolve("data");
        this.sshPort = sshPort;
    }

    static Lab open(boolean quick) throws Exception {
        return open(quick, "");
    }

    /** @param config more lines of the server's configuration */
    static Lab open(boolean quick, String config) throws Exception {
        var folder = Files.createTempDirectory(Path.of("/var/tmp"), "mimiry-bench.");
        // PostgreSQL runs as another user below it when we are root.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        var lab = new Lab(quick, folder, freePort());
        Runtime.getRuntime().addShutdownHook(lab.hook);
        try {
            lab.prepare(config);
        } catch (Exception e) {
            lab.close();
            throw e;
        }
        return lab;
    }

    private void prepare(String config) throws Exception {
        // The limits that protect a server from its clients would be measured instead of the server.
        Files.writeString(folder.resolve("bench.properties"), """
                mimiry.api.user-requests-per-second=0
                mimiry.identity.sign-ins-per-minute=10000000
                """ + config);
        Shell.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", key().toString()).orFail("ssh-keygen");
        System.err.println("bench: starting a server in " + folder);
        startServer();
        addUser("bench@example.org", Path.of(key() + ".pub"));
        api = new Api(base(), signIn());
    }

    int rounds(int full, int short_) {
        return quick ? short_ : full;
    }

    Path key() {
        return folder.resolve("key");
    }

    Api api() {
        return api;
    }

    String base() throws IOException {
        return told("api");
    }

    long serverPid() {
        return server.pid();
    }

    /** What the server's data directory says about it. */
    private String told(String name) throws IOException {
        var properties = new Properties();
        properties.load(new StringReader(Files.readString(data.resolve("server.properties"))));
        return properties.getProperty(name, "");
    }

    /** Starts the server and returns when it says that it is ready. */
    void startServer() throws Exception {
        launch(0);
        var end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!isReady()) {
            if (!server.isAlive() || System.nanoTime() > end) {
                throw new IllegalStateException("the server did not start: " + Files.readString(folder.resolve("server.log")));
            }
            Thread.sleep(100);
        }
    }

    /** @param port 0 = any */
    void launch(int port) throws IOException {
        var builder = new ProcessBuilder(
                        "./mimiry", "serve", "--data", data.toString(), "--http-port", "" + port, "--ssh-port", "" + sshPort,
                        "--config", folder.resolve("bench.properties").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("server.log").toFile())
                .redirectInput(Path.of("/dev/null").toFile());
        server = builder.start();
    }

    private boolean isReady() throws IOException {
        return Files.exists(data.resolve("server.properties")) && told("ready").equals("true");
    }

    void stopServer() throws InterruptedException {
        if (server == null) {
            return;
        }
        server.destroy();
        if (!server.waitFor(60, TimeUnit.SECONDS)) {
            server.destroyForcibly().waitFor();
        }
    }

    void addUser(String email, Path publicKey) throws Exception {
        Shell.run("./mimiry", "admin", "--data", data.toString(), "user", "add", "--email", email, "--key", publicKey.toString(), "--credit", "10000")
                .orFail("mimiry admin user add");
    }

    private String signIn() throws Exception {
        return Shell.run(environment(), List.of("bash", "-c", ". skill/scripts/mimiry-auth.sh \"$MIMIRY_KEY\" && printf %s \"$MIMIRY_TOKEN\""))
                .orFail("signing in")
                .text();
    }

    /** For the command line: this server, this key, and no memory of the user's own. */
    Map<String, String> environment() throws IOException {
        return Map.of(
                "MIMIRY_API_BASE", base(), "MIMIRY_KEY", key().toString(),
                "XDG_CACHE_HOME", folder.resolve("cache").toString(), "XDG_CONFIG_HOME", folder.resolve("config").toString());
    }

    /** For psql and pgbench: the server's own database. */
    Map<String, String> postgres() throws IOException {
        var port = told("postgres-port");
        if (port.isEmpty() || port.equals("0")) {
            throw new Unavailable("the server's PostgreSQL is not its embedded one");
        }
        return Map.of(
                "PGHOST", "127.0.0.1", "PGPORT", port, "PGUSER", "mimiry", "PGDATABASE", "mimiry",
                "PGPASSWORD", Files.readString(data.resolve("postgres.password")).strip());
    }

    /** A small image made here, so that no registry is needed. */
    String image() throws Exception {
        if (imageMade) {
            return IMAGE;
        }
        Shell.need("docker", "busybox", "tar");
        if (Shell.run("docker", "version").code() != 0) {
            throw new Unavailable("no Docker engine answers");
        }
        Shell.time(Map.of("ROOT", folder.resolve("image").toString(), "IMAGE", IMAGE), """
                set -e
                mkdir -p "$ROOT/bin" "$ROOT/etc" "$ROOT/tmp" "$ROOT/root"
                cp "$(command -v busybox)" "$ROOT/bin/busybox"
                for applet in $(busybox --list); do ln -s busybox "$ROOT/bin/$applet" 2>/dev/null || true; done
                echo 'root:x:0:0:root:/root:/bin/sh' >"$ROOT/etc/passwd"
                echo 'root:x:0:' >"$ROOT/etc/group"
                tar -C "$ROOT" --owner=0 --group=0 -c . | docker import - "$IMAGE" >/dev/null
                """);
        imageMade = true;
        return IMAGE;
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        takeDown();
        Runtime.getRuntime().removeShutdownHook(hook);
    }

    private synchronized void takeDown() {
        if (down) {
            return;
        }
        down = true;
        try {
            if (api != null && server.isAlive()) {
                api.terminateAll();
            }
            stopServer();
            if (imageMade) {
                Shell.run("docker", "image", "rm", "-f", IMAGE);
            }
            try (var files = Files.walk(folder)) {
                for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (Exception e) {
            System.err.println("bench: not everything could be taken down (" + e + "); see " + folder);
        }
    }
}
