import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/**
 * Speaks as much of the wire contract as the command line's tests need, over real HTTP. What it was sent is written to
 * {@code requests} in the work folder, one request a line. A session's name tells the stub how to misbehave.
 *
 * <p>Usage: java StubServer.java FOLDER, where FOLDER holds {@code allowed_signers}; writes its port to FOLDER/port.
 */
final class StubServer {
    private final Path folder;
    private final Set<String> tokens = new HashSet<>();
    private final Set<String> nonces = new HashSet<>();
    private final Map<String, Session> sessions = new LinkedHashMap<>();
    private final Map<String, Session> byIdempotencyKey = new LinkedHashMap<>();
    private final Map<String, Integer> tries = new LinkedHashMap<>();
    private int issued;
    private int registrationPolls;

    private StubServer(Path folder) {
        this.folder = folder;
    }

    private static final class Session {
        final String id;
        final String name;
        final String command;
        int polls;
        int deletedAt = -1;

        Session(String id, String name, String command) {
            this.id = id;
            this.name = name;
            this.command = command;
        }
    }

    private record Request(String method, String path, String query, String body, HttpExchange exchange) {
        String header(String name) {
            var value = exchange.getRequestHeaders().getFirst(name);
            return value == null ? "" : value;
        }

        String parameter(String name) {
            for (var pair : query.split("&")) {
                if (pair.startsWith(name + "=")) {
                    return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
                }
            }
            return "";
        }

        String member(String name) {
            var found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"").matcher(body);
            return found.find() ? found.group(1) : "";
        }
    }

    private static final class Answer extends RuntimeException {
        private static final long serialVersionUID = 1L;
        final int status;

        Answer(int status, String body) {
            super(body, null, false, false);
            this.status = status;
        }
    }

    public static void main(String... arguments) throws IOException {
        var folder = Path.of(arguments[0]);
        var stub = new StubServer(folder);
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        server.setExecutor(Executors.newCachedThreadPool());
        server.createContext("/", stub::handle);
        server.start();
        Files.writeString(folder.resolve("port.new"), "" + server.getAddress().getPort());
        Files.move(folder.resolve("port.new"), folder.resolve("port"));
    }

    private void handle(HttpExchange exchange) throws IOException {
        var uri = exchange.getRequestURI();
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        var query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
        var request = new Request(exchange.getRequestMethod(), uri.getPath(), query, body, exchange);
        try {
            synchronized (this) {
                record(request);
            }
            if (request.path.endsWith("/logs/stream")) {
                stream(request);
                return;
            }
            synchronized (this) {
                throw new Answer(200, answer(request));
            }
        } catch (Answer answer) {
            send(exchange, answer.status, answer.getMessage());
        } catch (IOException e) {
            exchange.close();
        } catch (RuntimeException e) {
            send(exchange, 500, error("internal_error", e.toString(), ""));
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private void record(Request request) throws IOException {
        var line = request.method + " " + request.path + "?" + request.query + " idempotency="
                + request.header("Idempotency-Key") + " last=" + request.header("Last-Event-ID") + " auth="
                + request.header("Authorization") + " body=" + request.body + "\n";
        Files.writeString(
                folder.resolve("requests"),
                line,
                java.nio.file.StandardOpenOption.CREATE,
                java.nio.file.StandardOpenOption.APPEND);
    }

    private static String error(String code, String message, String details) {
        return "{\"error\":\"%s\",\"message\":\"%s\"%s}".formatted(code, message, details);
    }

    private String answer(Request request) throws IOException {
        var path = request.path;
        if (path.equals("/stub/expire")) {
            tokens.clear();
            return "{}";
        }
        if (path.equals("/api/v1/auth/token")) {
            return token(request);
        }
        if (path.equals("/api/compute/v1/availability")) {
            return AVAILABILITY;
        }
        if (path.startsWith("/api/auth/v1/ssh-keys/register")) {
            return register(request);
        }
        var bearer = request.header("Authorization");
        if (!bearer.startsWith("Bearer mky_") && !tokens.contains(bearer.replace("Bearer ", ""))) {
            throw new Answer(401, error("unauthorized", "The token has expired: sign in again.", ""));
        }
        if (path.startsWith("/api/compute/v1/sessions")) {
            return sessions(request, path.substring("/api/compute/v1/sessions".length()));
        }
        if (path.startsWith("/api/compute/v1/volumes")) {
            return volumes(request, path.substring("/api/compute/v1/volumes".length()));
        }
        var fixed = FIXED.get(path);
        if (fixed == null) {
            throw new Answer(404, error("not_found", "There is nothing at " + path + ".", ""));
        }
        return fixed;
    }

    private String token(Request request) throws IOException {
        var fingerprint = request.header("X-SSH-Fingerprint");
        var nonce = request.header("X-SSH-Nonce");
        var message = fingerprint + "\n" + request.header("X-SSH-Timestamp") + "\n" + nonce;
        if (Files.exists(folder.resolve("drift"))) {
            throw new Answer(401, error("timestamp_expired", "Timestamp expired", ""));
        }
        if (!Files.readString(folder.resolve("fingerprints")).contains(fingerprint)) {
            throw new Answer(401, error("key_not_registered", "SSH key not registered", ""));
        }
        if (!nonce.matches("[0-9a-f]{16,}") || !nonces.add(nonce) || !verified(message, request.header("X-SSH-Signature"), "mimiry-auth")) {
            throw new Answer(401, error("invalid_signature", "Invalid SSH signature", ""));
        }
        issued++;
        var token = "secret-token-" + issued;
        tokens.add(token);
        return "{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"expires_in\":3600,\"fingerprint\":\"%s\"}"
                .formatted(token, fingerprint);
    }

    /** Asks OpenSSH itself whether the signature is good. */
    private boolean verified(String message, String signature, String namespace) throws IOException {
        var file = Files.write(folder.resolve("signature"), Base64.getDecoder().decode(signature));
        var process = new ProcessBuilder(
                        "ssh-keygen", "-Y", "verify", "-f", folder.resolve("allowed_signers").toString(),
                        "-I", "tester", "-n", namespace, "-s", file.toString())
                .redirectErrorStream(true)
                .start();
        try (var input = process.getOutputStream()) {
            input.write(message.getBytes(StandardCharsets.UTF_8));
        }
        process.getInputStream().readAllBytes();
        return process.onExit().join().exitValue() == 0;
    }

    private String register(Request request) throws IOException {
        var path = request.path.substring("/api/auth/v1/ssh-keys/register".length());
        var id = "77777777-7777-4777-8777-777777777777";
        if (path.equals("/init")) {
            registrationPolls = 0;
            throw new Answer(201, "{\"registration_id\":\"%s\",\"verify_url\":\"http://portal/verify\",\"expires_at\":\"2026-11-23T21:00:00.000000Z\"}".formatted(id));
        }
        if (!request.header("Authorization").equals("Bearer " + id)) {
            throw new Answer(401, error("unauthorized", "The registration is its own bearer.", ""));
        }
        if (path.endsWith("/status")) {
            registrationPolls++;
            return registrationPolls < 2
                    ? "{\"state\":\"initiated\"}"
                    : "{\"state\":\"portal_verified\",\"verified_user_email\":\"ada@example.com\",\"verified_user_id\":\"1\"}";
        }
        if (path.endsWith("/submit-key")) {
            var namespace = Files.exists(folder.resolve("evil")) ? "mimiry-auth" : "mimiry-ssh-key-registration";
            return "{\"challenge\":\"%s\",\"algorithm\":\"%s\"}".formatted(Base64.getEncoder().encodeToString("challenge-bytes".getBytes(StandardCharsets.UTF_8)), namespace);
        }
        if (path.endsWith("/prove-ownership")) {
            if (!verified("challenge-bytes", request.member("signature"), "mimiry-ssh-key-registration")) {
                throw new Answer(400, error("bad_request", "The signature does not fit the challenge.", ""));
            }
            return "{\"ssh_key_request_id\":\"1\"}";
        }
        return "{}";
    }

    private String sessions(Request request, String rest) {
        if (rest.isEmpty()) {
            return request.method.equals("POST") ? create(request) : list(request);
        }
        var parts = rest.substring(1).split("/");
        var session = sessions.get(parts[0]);
        if (session == null) {
            throw new Answer(404, error("not_found", "There is no session " + parts[0] + ".", ""));
        }
        if (parts.length > 1) {
            return logs(request, session);
        }
        if (request.method.equals("DELETE")) {
            if (session.deletedAt < 0) {
                session.deletedAt = session.polls;
                throw new Answer(202, json(session));
            }
            return json(session);
        }
        session.polls++;
        return json(session);
    }

    private String create(Request request) {
        var name = request.member("name");
        var key = request.header("Idempotency-Key");
        switch (name) {
            case "broke" -> throw new Answer(402, error("insufficient_balance", "The balance is 1.00 EUR, 2.10 are needed: add credit.", ",\"balance\":1.0"));
            case "bad" -> throw new Answer(422, error("invalid_field", "An image reference has no spaces.", ",\"field\":\"image.uri\""));
            case "nowhere" -> throw new Answer(422, error("no_matching_offer", "No offer has 9000 GB.", ""));
            case "toomany" -> throw new Answer(429, error("quota_exceeded", "5 of 5 sessions are running.", ""));
            case "clash" -> throw new Answer(409, error("volume_in_use", "The volume is in use.", ""));
            case "busy" -> {
                if (tries.merge("busy", 1, Integer::sum) == 1) {
                    throw new Answer(503, error("unavailable", "Starting up.", ",\"retry_after_seconds\":0"));
                }
            }
            default -> {}
        }
        if (request.query.contains("dry_run=true")) {
            var message = name.equals("full") ? "\"Nothing is free.\"" : "null";
            return "{\"message\":%s,\"candidates\":[{\"provider\":\"docker\",\"gpu\":\"T4_16G_PCIe\",\"hourly_rate\":0.32}]}"
                    .formatted(message);
        }
        var session = byIdempotencyKey.computeIfAbsent(key, unused -> {
            var id = "%08x-aaaa-4aaa-8aaa-aaaaaaaaaaaa".formatted(0x10000000 * (sessions.size() % 8 + 1) + sessions.size());
            var made = new Session(id, name, request.member("command"));
            sessions.put(id, made);
            return made;
        });
        if (name.equals("lost") && tries.merge("lost", 1, Integer::sum) == 1) {
            // The session is made, but its maker never hears of it.
            request.exchange.close();
            throw new IllegalStateException("closed on purpose");
        }
        throw new Answer(202, json(session));
    }

    private String list(Request request) {
        if (request.parameter("state").equals("nonsense")) {
            throw new Answer(422, error("invalid_field", "There is no such state.", ",\"field\":\"state\""));
        }
        var found = new ArrayList<>(sessions.values().stream().map(this::json).toList());
        Collections.reverse(found);
        return "{\"sessions\":[%s],\"total\":%d,\"limit\":50,\"offset\":0}".formatted(String.join(",", found), found.size());
    }

    private String json(Session session) {
        var steps = List.of("provisioning", "starting__setting_up", "starting__pulling_image");
        var at = Math.min(session.polls, 5);
        var state = at == 0 ? "submitted" : at < 3 ? "provisioned" : "started";
        var operation = at < 3 ? steps.get(at) : "";
        var exit = "null";
        var ended = "null";
        var terminated = "null";
        var error = "null";
        var reason = "null";
        if (session.name.equals("nocapacity") && at >= 1) {
            state = "provision_failed";
            operation = "";
            error = "\"docker: no free GPU\"";
        } else if (!session.command.isEmpty() && at >= 4) {
            exit = session.command.startsWith("exit ") ? session.command.substring(5) : "0";
            state = exit.equals("0") ? "completed" : "failed";
            ended = "\"2026-11-23T20:00:09.000000Z\"";
        }
        if (session.deletedAt >= 0) {
            reason = "\"user_requested\"";
            state = session.polls > session.deletedAt + 1 ? "terminated" : "stopped";
            terminated = state.equals("terminated") ? "\"2026-11-23T20:00:12.000000Z\"" : "null";
        }
        var events = new ArrayList<String>();
        for (int i = 0; i <= at; i++) {
            events.add("{\"at\":\"2026-11-23T20:00:0%d.000000Z\",\"type\":\"step\",\"message\":\"step %d of the start\"}".formatted(i, i));
        }
        var ssh = state.equals("started")
                ? "{\"host\":\"127.0.0.9\",\"port\":2222,\"username\":\"box\",\"command\":\"ssh -p 2222 box@127.0.0.9\"}"
                : "null";
        return ("{\"id\":\"%s\",\"name\":\"%s\",\"state\":\"%s\",\"operation\":\"%s\",\"image\":{\"uri\":\"demo\"},"
                        + "\"gpu\":{\"type\":\"T4_16G_PCIe\",\"count\":1},\"provider\":\"docker\",\"location\":\"here\","
                        + "\"command\":\"%s\",\"auto_terminate\":{\"mode\":\"never\"},\"ssh\":%s,\"volume_mounts\":[],"
                        + "\"hourly_rate\":0.32,\"currency\":\"EUR\",\"cost\":0.0012,\"exit_code\":%s,\"error\":%s,"
                        + "\"stop_reason\":%s,\"max_duration\":null,\"created_at\":\"2026-11-23T20:00:00.000000Z\","
                        + "\"started_at\":null,\"ended_at\":%s,\"terminated_at\":%s,\"events\":[%s]}")
                .formatted(session.id, session.name, state, operation, session.command, ssh, exit, error, reason, ended, terminated, String.join(",", events));
    }

    private static String stamp(int line) {
        return "2026-11-23T20:01:%02d.%09dZ".formatted(line / 1000, line % 1000);
    }

    /** What a line says; some with the carriage returns of a progress bar or of a program from elsewhere. */
    private static String text(Session session, int line) {
        if (session.name.startsWith("carriage")) {
            return switch (line) {
                case 1 -> "10% of it\r50% of it\rall of it";
                case 2 -> "from elsewhere\r";
                case 3 -> "\r\rlate";
                default -> "line " + line;
            };
        }
        return "line " + line;
    }

    private String logs(Request request, Session session) {
        switch (session.name) {
            case "slow" -> {
                if (tries.merge("slow", 1, Integer::sum) <= 2) {
                    throw new Answer(503, error("vm_setup_in_progress", "The machine is being set up.", ",\"retry_after_seconds\":0"));
                }
            }
            case "never" -> throw new Answer(409, error("invalid_state", "The session never ran.", ""));
            default -> {}
        }
        var lines = new StringBuilder();
        var tail = request.parameter("tail");
        // The newest so far: two more lines come by the stream.
        var first = tail.equals("4") ? 3 : tail.matches("[01]") ? 4 : 1;
        var last = first == 1 ? 6 : 4;
        for (int i = first; i <= last; i++) {
            if (request.parameter("since").compareTo(stamp(i)) < 0) {
                lines.append(request.parameter("timestamps").equals("false") ? "" : stamp(i) + " ").append(text(session, i).replace("\r", "\\r")).append("\\n");
            }
        }
        return "{\"logs\":\"" + lines + "\"}";
    }

    /** Six lines; the connection breaks in the middle of the third event, and ends without a word after the fifth. */
    private void stream(Request request) throws IOException {
        var exchange = request.exchange;
        var parts = request.path.split("/");
        Session session;
        int connection;
        synchronized (this) {
            session = sessions.get(parts[5]);
            connection = tries.merge("stream " + session.id, 1, Integer::sum);
            if (session.name.equals("expired") && connection == 2) {
                tokens.clear();
            }
            if (!tokens.contains(request.header("Authorization").replace("Bearer ", ""))) {
                throw new Answer(401, error("unauthorized", "The token has expired.", ""));
            }
        }
        if (session.name.equals("slow") && connection == 1) {
            throw new Answer(503, error("vm_setup_in_progress", "The machine is being set up.", ",\"retry_after_seconds\":0"));
        }
        if (session.name.equals("never")) {
            throw new Answer(409, error("invalid_state", "The session never ran.", ""));
        }
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        var since = request.header("Last-Event-ID");
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(": hello\n\n".getBytes(StandardCharsets.UTF_8));
            for (int i = 1; i <= 6; i++) {
                if (since.compareTo(stamp(session.name.equals("repeats") ? i + 1 : i)) >= 0) {
                    continue;
                }
                if (i == 3 && connection == 1) {
                    out.write(("id: " + stamp(3) + "\ndata: " + stamp(3) + " half a li").getBytes(StandardCharsets.UTF_8));
                    return;
                }
                if (i == 6 && session.name.equals("silent")) {
                    synchronized (this) {
                        session.polls = 5;
                    }
                    return;
                }
                out.write(("id: " + stamp(i) + "\nevent: log\ndata: " + (stamp(i) + " " + text(session, i)).replace("\r", "\ndata: ") + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
            out.write("event: end\ndata: {}\n\n".getBytes(StandardCharsets.UTF_8));
            synchronized (this) {
                session.polls = 5;
            }
        }
    }

    private String volumes(Request request, String rest) {
        var volume = "{\"id\":\"99999999-aaaa-4aaa-8aaa-aaaaaaaaaaaa\",\"name\":\"data1\",\"state\":\"provisioned\",\"operation\":\"\",\"size_gb\":100,\"provider\":\"docker\",\"location\":\"here\",\"volume_type\":\"local\",\"attached_to\":\"\",\"hourly_rate\":0.001,\"currency\":\"EUR\",\"error\":null,\"created_at\":\"2026-11-23T20:00:00.000000Z\"}";
        if (rest.isEmpty() && request.method.equals("GET")) {
            return "{\"volumes\":[" + volume + "],\"total\":1}";
        }
        throw new Answer(request.method.equals("GET") ? 200 : 202, volume);
    }

    private static final String AVAILABILITY =
            "{\"gpu_models\":[{\"name\":\"T4_16G_PCIe\",\"family\":\"T4\",\"vram_gb\":16,\"form_factor\":\"PCIe\",\"available\":true,\"currency\":\"EUR\",\"providers\":[{\"provider\":\"docker\",\"hourly_rate\":0.32,\"locations\":[\"here\"]}]},"
                    + "{\"name\":\"T4\",\"alias_of\":\"T4_16G_PCIe\",\"family\":\"T4\",\"vram_gb\":16,\"form_factor\":\"PCIe\",\"available\":true,\"currency\":\"EUR\",\"providers\":[{\"provider\":\"docker\",\"hourly_rate\":0.32,\"locations\":[\"here\"]}]}]}";

    private static final Map<String, String> FIXED = Map.of(
            "/api/v1/me", "{\"email\":\"ada@example.com\",\"organizations\":[{\"id\":\"1\",\"name\":\"ada\",\"role\":\"owner\"}]}",
            "/api/compute/v1/balance", "{\"balance\":40.0,\"currency\":\"EUR\",\"reserved\":0.32,\"available\":39.68,\"burn_rate_per_hour\":0.32,\"runway_hours\":125.0}",
            "/api/compute/v1/quota", "{\"quotas\":[{\"name\":\"sessions\",\"scope\":\"user\",\"limit\":5,\"used\":1}],\"spend_limits\":[]}",
            "/api/compute/v1/transactions", "{\"transactions\":[{\"id\":\"1\",\"at\":\"2026-11-23T20:00:00.000000Z\",\"type\":\"usage\",\"amount\":-0.0012,\"balance_after\":39.9988,\"description\":\"session box\"}],\"total\":1}",
            "/api/compute/v1/usage", "{\"group_by\":\"day\",\"usage\":[{\"key\":\"2026-11-23\",\"seconds\":90,\"gpu_seconds\":180,\"cost\":0.5}],\"total\":0.5,\"currency\":\"EUR\"}",
            "/api/compute/v1/spend-limits", "{\"org_id\":\"88888888-8888-4888-8888-888888888888\",\"currency\":\"EUR\",\"spend_limits\":[{\"scope\":\"organization\",\"user_id\":null,\"set_by\":\"organization\",\"period\":\"day\",\"limit\":5,\"spent\":1.25,\"currency\":\"EUR\",\"resets_at\":\"2026-11-24T00:00:00.000000Z\"}]}",
            "/api/organizations/v1", "{\"organizations\":[{\"id\":\"88888888-8888-4888-8888-888888888888\",\"name\":\"ada\",\"slug\":\"ada\",\"personal\":true,\"role\":\"owner\",\"allow_member_invites\":false,\"require_2fa\":false,\"suspended\":true,\"suspended_reason\":\"a reason that goes on for longer than a line of any terminal is wide, and then some\",\"created_at\":\"2026-05-01T08:00:00.000000Z\",\"updated_at\":\"2026-05-01T08:00:00.000000Z\",\"deleted_at\":null}]}",
            "/api/organizations/v1/88888888-8888-4888-8888-888888888888/members", "{\"members\":[{\"email\":\"ada@example.com\",\"role\":\"owner\"}]}",
            "/api/organizations/v1/88888888-8888-4888-8888-888888888888/members/invite", "{\"email\":\"bob@example.com\",\"role\":\"viewer\"}");
}
