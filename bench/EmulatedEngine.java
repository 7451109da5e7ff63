import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;

/**
 * A host with a Docker engine that has room for ten thousand containers: it speaks as much of the Docker Engine API as the server
 * asks of it, over a Unix socket, and runs nothing. Containers stay up until they are killed.
 */
final class EmulatedEngine implements AutoCloseable {
    private static final Pattern LABEL = Pattern.compile("\"([^\"]+)\"\\s*:\\s*\"([^\"]*)\"");
    private static final String NEVER = "0001-01-01T00:00:00Z";

    /** One container; what is not final is guarded by it. */
    private static final class Container {
        final String id;
        final String name;
        final String labels;
        final Map<String, String> byLabel;
        final Instant created = Instant.now();
        final CountDownLatch ended = new CountDownLatch(1);
        String status = "created";
        String startedAt = NEVER;
        String finishedAt = NEVER;
        int exitCode;

        Container(String id, String name, String labels) {
            this.id = id;
            this.name = name;
            this.labels = labels;
            this.byLabel = new HashMap<>();
            var found = LABEL.matcher(labels);
            while (found.find()) {
                byLabel.put(found.group(1), found.group(2));
            }
        }

        synchronized void start(boolean endsAtOnce) {
            status = "running";
            startedAt = Instant.now().toString();
            if (endsAtOnce) {
                end(0);
            }
        }

        synchronized boolean end(int code) {
            if (!status.equals("running")) {
                return false;
            }
            status = "exited";
            finishedAt = Instant.now().toString();
            exitCode = code;
            ended.countDown();
            return true;
        }

        synchronized boolean isRunning() {
            return status.equals("running");
        }

        synchronized String inspected() {
            return """
                    {"Id":"%s","Name":"/%s","Created":"%s","State":{"Status":"%s","Running":%s,"ExitCode":%d,"OOMKilled":false,"Error":"",\
                    "StartedAt":"%s","FinishedAt":"%s","Pid":0},"Config":{"Labels":%s},"HostConfig":{"NetworkMode":"bridge"},"Mounts":[]}"""
                    .formatted(id, name, created, status, status.equals("running"), exitCode, startedAt, finishedAt, labels);
        }

        synchronized String listed() {
            return """
                    {"Id":"%s","Names":["/%s"],"State":"%s","Created":%d,"Labels":%s}"""
                    .formatted(id, name, status, created.getEpochSecond(), labels);
        }
    }

    private record Request(String method, String path, Map<String, String> query, byte[] body) {}

    private final Path socket;
    private final ServerSocketChannel server;
    private final Map<String, Container> containers = new ConcurrentHashMap<>();
    private final java.util.concurrent.atomic.AtomicLong calls = new java.util.concurrent.atomic.AtomicLong();

    EmulatedEngine(Path socket) throws IOException {
        this.socket = socket;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket), 4_096);
        Thread.ofVirtual().name("engine").start(this::accept);
    }

    long running() {
        return containers.values().stream().filter(Container::isRunning).count();
    }

    long calls() {
        return calls.get();
    }

    private void accept() {
        try {
            while (true) {
                var channel = server.accept();
                Thread.ofVirtual().start(() -> serve(channel));
            }
        } catch (IOException closed) {
            // The end of this engine.
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            var in = new BufferedInputStream(Channels.newInputStream(channel), 1_024);
            var out = Channels.newOutputStream(channel);
            while (true) {
                var request = read(in);
                if (request == null) {
                    return;
                }
                calls.incrementAndGet();
                if (request.path.endsWith("/logs")) {
                    follow(request, out);
                    return;
                }
                answer(request, out);
            }
        } catch (IOException gone) {
            // The client hung up.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Request read(InputStream in) throws IOException {
        var first = line(in);
        if (first == null) {
            return null;
        }
        var words = first.split(" ");
        var length = 0;
        var chunked = false;
        for (var header = line(in); header != null && !header.isEmpty(); header = line(in)) {
            var lower = header.toLowerCase();
            if (lower.startsWith("content-length:")) {
                length = Integer.parseInt(header.substring(15).strip());
            }
            chunked |= lower.startsWith("transfer-encoding:") && lower.endsWith("chunked");
        }
        var target = words[1].split("\\?", 2);
        var query = new HashMap<String, String>();
        for (var pair : target.length > 1 ? target[1].split("&") : new String[0]) {
            var parts = pair.split("=", 2);
            query.put(parts[0], URLDecoder.decode(parts.length > 1 ? parts[1] : "", StandardCharsets.UTF_8));
        }
        var path = URLDecoder.decode(target[0], StandardCharsets.UTF_8).replaceFirst("^/v1\\.[0-9]+", "");
        return new Request(words[0], path, query, chunked ? chunks(in) : in.readNBytes(length));
    }

    private static byte[] chunks(InputStream in) throws IOException {
        var body = new ByteArrayOutputStream();
        while (true) {
            var length = Integer.parseInt(line(in).strip(), 16);
            body.write(in.readNBytes(length));
            line(in);
            if (length == 0) {
                return body.toByteArray();
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        var text = new StringBuilder();
        for (var c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                if (text.isEmpty()) {
                    return null;
                }
                throw new EOFException();
            }
            if (c != '\r') {
                text.append((char) c);
            }
        }
        return text.toString();
    }

    private void answer(Request request, OutputStream out) throws IOException, InterruptedException {
        var path = request.path;
        if (path.equals("/_ping")) {
            send(out, 200, "OK");
        } else if (path.equals("/version")) {
            send(out, 200, "{\"Version\":\"28.2.2\",\"ApiVersion\":\"1.50\",\"MinAPIVersion\":\"1.24\",\"Os\":\"linux\",\"Arch\":\"amd64\"}");
        } else if (path.equals("/info")) {
            send(out, 200, """
                    {"ID":"bench","ServerVersion":"28.2.2","Name":"emulated","NCPU":4096,"MemTotal":70368744177664,"Runtimes":{"runc":{}},\
                    "DockerRootDir":"/var/lib/docker","OSType":"linux","Architecture":"x86_64"}""");
        } else if (path.startsWith("/networks")) {
            send(out, 200, "{\"Name\":\"mimiry\",\"Id\":\"1\"}");
        } else if (path.startsWith("/images/")) {
            send(out, 200, "{\"Id\":\"sha256:1\",\"Config\":{\"User\":\"\",\"WorkingDir\":\"\",\"Env\":[\"PATH=/bin\"]}}");
        } else if (path.startsWith("/volumes")) {
            send(out, 204, "");
        } else if (path.equals("/containers/json")) {
            list(request, out);
        } else if (path.equals("/containers/create")) {
            create(request, out);
        } else if (path.startsWith("/containers/")) {
            container(request, path.substring("/containers/".length()), out);
        } else {
            send(out, 404, "{\"message\":\"page not found\"}");
        }
    }

    private void create(Request request, OutputStream out) throws IOException {
        var name = request.query.get("name");
        var id = Integer.toHexString(name.hashCode()) + Long.toHexString(System.nanoTime());
        var made = new Container(id, name, labels(new String(request.body, StandardCharsets.UTF_8)));
        if (containers.putIfAbsent(name, made) == null) {
            send(out, 201, "{\"Id\":\"" + id + "\",\"Warnings\":[]}");
        } else {
            send(out, 409, "{\"message\":\"Conflict. The container name is already in use\"}");
        }
    }

    private static String labels(String body) {
        var start = body.indexOf("\"Labels\":{");
        return start < 0 ? "{}" : body.substring(start + 9, body.indexOf('}', start) + 1);
    }

    private void list(Request request, OutputStream out) throws IOException {
        List<String> wanted = new ArrayList<>();
        var found = Pattern.compile("\"([^\"=]+=[^\"]*)\"").matcher(request.query.getOrDefault("filters", ""));
        while (found.find()) {
            wanted.add(found.group(1));
        }
        var all = new StringBuilder("[");
        for (var container : containers.values()) {
            if (wanted.stream().allMatch(label -> {
                var parts = label.split("=", 2);
                return parts[1].equals(container.byLabel.get(parts[0]));
            })) {
                all.append(all.length() > 1 ? "," : "").append(container.listed());
            }
        }
        send(out, 200, all.append(']').toString());
    }

    private void container(Request request, String rest, OutputStream out) throws IOException, InterruptedException {
        var parts = rest.split("/", 2);
        var call = parts.length > 1 ? parts[1] : "";
        var container = containers.get(parts[0]);
        if (container == null) {
            container = containers.values().stream().filter(one -> one.id.equals(parts[0])).findAny().orElse(null);
        }
        if (container == null) {
            send(out, 404, "{\"message\":\"No such container: " + parts[0] + "\"}");
            return;
        }
        switch (call) {
            case "json" -> send(out, 200, container.inspected());
            case "start" -> {
                container.start(!container.byLabel.containsKey("mimiry.session"));
                send(out, 204, "");
            }
            case "kill", "stop" -> send(out, container.end(143) ? 204 : 409, "{\"message\":\"is not running\"}");
            case "wait" -> {
                container.ended.await();
                send(out, 200, "{\"StatusCode\":0}");
            }
            case "" -> {
                container.end(137);
                containers.remove(container.name);
                container.ended.countDown();
                send(out, 204, "");
            }
            default -> send(out, 200, "{}");
        }
    }

    /** A log without a line, which ends when the container does. */
    private void follow(Request request, OutputStream out) throws IOException, InterruptedException {
        var container = containers.get(request.path.split("/")[2]);
        if (container == null) {
            send(out, 404, "{\"message\":\"No such container\"}");
            return;
        }
        out.write("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
        if (request.query.getOrDefault("follow", "0").equals("1")) {
            container.ended.await();
        }
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static void send(OutputStream out, int status, String body) throws IOException {
        var bytes = status == 204 ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
        var head = "HTTP/1.1 " + status + " x\r\nApi-Version: 1.50\r\nContent-Type: application/json\r\n"
                + (status == 204 ? "" : "Content-Length: " + bytes.length + "\r\n") + "\r\n";
        var whole = new ByteArrayOutputStream(head.length() + bytes.length);
        whole.write(head.getBytes(StandardCharsets.US_ASCII));
        whole.write(bytes);
        out.write(whole.toByteArray());
    }

    @Override
    public void close() throws IOException {
        server.close();
        Files.deleteIfExists(socket);
    }
}
