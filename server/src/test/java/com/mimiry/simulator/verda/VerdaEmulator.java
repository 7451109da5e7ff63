package com.mimiry.simulator.verda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Verda's API on a port of this machine, for one account. Below {@code /v1} it speaks the contract; below {@code /control}
 * it does as it is told: faults, boots, reclaims. Has a main method of its own.
 */
public final class VerdaEmulator implements AutoCloseable {
    public static final String CLIENT_ID = "emulated-client";
    public static final String CLIENT_SECRET = "emulated-secret";

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Clock clock;
    private final Account account;
    private final Faults faults = new Faults();
    private final Map<String, Instant> tokens = new ConcurrentHashMap<>();
    private final Deque<Long> lists = new ArrayDeque<>();
    private final List<String> calls = new ArrayList<>();
    private volatile int listsPerMinute = 120;
    private Duration tokenLife = Duration.ofHours(1);

    private VerdaEmulator(HttpServer server, Clock clock, MachineHost host) {
        this.server = server;
        this.clock = clock;
        this.account = new Account(clock, host);
    }

    /** @param port 0 for any free one */
    public static VerdaEmulator start(int port, Clock clock, MachineHost host) {
        try {
            HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 200);
            VerdaEmulator emulator = new VerdaEmulator(server, clock, host);
            server.setExecutor(emulator.threads);
            server.createContext("/", emulator::handle);
            server.start();
            return emulator;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * {@code VerdaEmulator [PORT [DIRECTORY [SSH_PORT [DOCKER_SOCKET]]]]}: machines are real where a directory is given,
     * which takes root. Prints its address and runs until it is killed.
     */
    public static void main(String[] arguments) throws InterruptedException {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 0;
        MachineHost host = arguments.length > 1
                ? new SshdMachines(
                        Path.of(arguments[1]),
                        arguments.length > 2 ? Integer.parseInt(arguments[2]) : 2022,
                        arguments.length > 3 ? Path.of(arguments[3]) : Path.of("/var/run/docker.sock"))
                : MachineHost.none();
        VerdaEmulator emulator = start(port, Clock.systemUTC(), host);
        Runtime.getRuntime().addShutdownHook(new Thread(emulator::close));
        System.out.println("Verda is emulated at " + emulator.url() + ", client id " + CLIENT_ID + ", client secret "
                + CLIENT_SECRET);
        emulator.closed.await();
    }

    /** For {@code mimiry.providers.verda.base-url}. */
    public String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    public Account account() {
        return account;
    }

    public Faults faults() {
        return faults;
    }

    /** For tests whose clock is quicker than that of the world. */
    public void listsPerMinute(int most) {
        listsPerMinute = most;
    }

    public synchronized void tokenLife(Duration life) {
        tokenLife = life;
    }

    /** What was called so far, as {@code POST /instances}. */
    public synchronized List<String> calls() {
        return List.copyOf(calls);
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.shutdownNow();
        account.close();
    }

    private void handle(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        JsonNode body = body(exchange);
        if (path.startsWith("/control/")) {
            send(exchange, control(path.substring("/control".length()), body), Map.of());
            return;
        }
        String call = exchange.getRequestMethod() + " " + path.replaceFirst("^/v1", "");
        synchronized (this) {
            calls.add(call);
        }
        Optional<Fault> fault = faults.take(call);
        if (fault.isPresent() && !fault.get().afterEffect() && !fault.get().ofLists()) {
            fail(exchange, fault.get(), body);
            return;
        }
        Reply reply = route(exchange, call, body, fault.orElse(null));
        if (fault.isPresent() && fault.get().afterEffect()) {
            fail(exchange, fault.get(), body);
            return;
        }
        answer(exchange, reply, fault.orElse(null));
    }

    private void answer(HttpExchange exchange, Reply reply, Fault fault) throws IOException {
        Map<String, String> headers = new HashMap<>();
        Reply sent = reply;
        if (reply.status() == 200 && reply.body() instanceof ArrayNode list) {
            boolean partial = fault == Fault.PARTIAL_LIST || fault == Fault.PARTIAL_LIST_COUNTED;
            if (fault == Fault.PARTIAL_LIST_COUNTED) {
                headers.put("X-Total-Count", Integer.toString(list.size()));
            }
            if (partial) {
                ArrayNode half = JsonNodeFactory.instance.arrayNode();
                for (int i = 0; i < list.size() / 2; i++) {
                    half.add(list.get(i));
                }
                sent = new Reply(200, half);
            } else if (exchange.getRequestURI().getPath().endsWith("/scripts")) {
                sent = page(exchange, list, headers);
            }
        }
        send(exchange, sent, headers);
    }

    private static Reply page(HttpExchange exchange, ArrayNode list, Map<String, String> headers) {
        int page = Integer.parseInt(query(exchange, "page", "1"));
        int size = Math.min(100, Integer.parseInt(query(exchange, "pageSize", "20")));
        ArrayNode part = JsonNodeFactory.instance.arrayNode();
        for (int i = (page - 1) * size; i < Math.min(list.size(), page * size); i++) {
            part.add(list.get(i));
        }
        headers.put("X-Page", Integer.toString(page));
        headers.put("X-Page-Size", Integer.toString(size));
        headers.put("X-Total-Count", Integer.toString(list.size()));
        return new Reply(200, part);
    }

    private Reply route(HttpExchange exchange, String call, JsonNode body, Fault fault) {
        if (call.equals("POST /oauth2/token")) {
            return token(body);
        }
        if (call.equals("GET /instance-types")) {
            return account.instanceTypes(query(exchange, "currency", "usd"));
        }
        String authorization = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        Instant until = tokens.get(authorization.replaceFirst("^Bearer ", ""));
        if (until == null || !clock.instant().isBefore(until)) {
            return Reply.error(401, "unauthorized_request", "Access token missing or expired");
        }
        String[] parts = call.split("[ /]+", -1);
        String id = parts.length > 2 ? parts[2] : "";
        return switch (parts[0] + " " + parts[1]) {
            case "GET instance-availability" ->
                account.availability(Boolean.parseBoolean(query(exchange, "is_spot", "false")));
            case "GET instances" -> id.isEmpty() ? listed(exchange, fault) : account.instance(id);
            case "POST instances" -> account.createInstance(body);
            case "PUT instances" -> account.act(body);
            case "GET ssh-keys", "GET scripts" -> account.list(parts[1]);
            case "GET balance" -> account.balance();
            case "GET images" -> account.images();
            case "GET locations" -> account.locations();
            case "GET volume-types" -> account.volumeTypes(query(exchange, "currency", "usd"));
            case "GET volumes" -> account.volumes(id, fault);
            case "POST volumes" -> account.createVolume(body);
            case "PUT volumes" -> account.actOnVolume(body);
            case "DELETE volumes" -> account.removeVolume(id, body);
            case "POST ssh-keys", "POST scripts" -> account.addNamed(parts[1], body);
            case "DELETE ssh-keys", "DELETE scripts" -> account.remove(parts[1], id);
            default -> Reply.error(404, "not_found", "no such call: " + call);
        };
    }

    private Reply listed(HttpExchange exchange, Fault fault) {
        long now = System.nanoTime();
        synchronized (lists) {
            while (!lists.isEmpty() && now - lists.peekFirst() > TimeUnit.MINUTES.toNanos(1)) {
                lists.pollFirst();
            }
            if (lists.size() >= listsPerMinute) {
                return Reply.error(429, "rate_limit_exceeded", "Too many requests");
            }
            lists.addLast(now);
        }
        return account.instances(query(exchange, "tag", ""), fault);
    }

    private Reply token(JsonNode body) {
        if (!body.path("client_id").asText().equals(CLIENT_ID)
                || !body.path("client_secret").asText().equals(CLIENT_SECRET)) {
            return Reply.error(401, "unauthorized_request", "Invalid client credentials");
        }
        String token = UUID.randomUUID().toString();
        Duration life;
        synchronized (this) {
            life = tokenLife;
        }
        tokens.put(token, clock.instant().plus(life));
        var answer = JSON.createObjectNode();
        answer.put("access_token", token).put("token_type", "Bearer").put("expires_in", life.toSeconds());
        answer.put("refresh_token", UUID.randomUUID().toString()).put("scope", "cloud-api-v1");
        return new Reply(200, answer);
    }

    private void fail(HttpExchange exchange, Fault fault, JsonNode body) throws IOException {
        switch (fault) {
            case SILENCE, SILENCE_AFTER_EFFECT -> {
                try {
                    closed.await(30, TimeUnit.SECONDS);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
                exchange.close();
            }
            case RESET, RESET_AFTER_EFFECT -> exchange.close();
            case ERROR_500, ERROR_500_AFTER_EFFECT ->
                send(exchange, Reply.error(500, "server_error", "Something went wrong"), Map.of());
            case HTML_502, HTML_502_AFTER_EFFECT ->
                send(exchange, new Reply(502, "<html><body><h1>502 Bad Gateway</h1></body></html>"), Map.of());
            case HTML_503 -> send(exchange, new Reply(503, "<html><body>service_unavailable</body></html>"), Map.of());
            case GARBAGE_AFTER_EFFECT -> send(exchange, new Reply(202, "{\"ok\":"), Map.of());
            case RATE_LIMITED -> send(exchange, Reply.error(429, "rate_limit_exceeded", "Too many requests"), Map.of());
            case RATE_LIMITED_WITH_RETRY_AFTER ->
                send(
                        exchange,
                        Reply.error(429, "rate_limit_exceeded", "Too many requests"),
                        Map.of("Retry-After", "1"));
            case UNAUTHORIZED ->
                send(exchange, Reply.error(401, "unauthorized_request", "Access token expired"), Map.of());
            case NO_MONEY ->
                send(exchange, Reply.error(402, "insufficient_funds", "Your balance is too low"), Map.of());
            case QUOTA -> send(exchange, Reply.error(400, "invalid_request", "Volume limit exceeded"), Map.of());
            case NO_CAPACITY ->
                send(
                        exchange,
                        Reply.noCapacity(
                                body.path("instance_type").asText(),
                                body.path("location_code").asText()),
                        Map.of());
            case PARTIAL_LIST, PARTIAL_LIST_COUNTED, STALE_LIST -> throw new IllegalStateException("not a failure");
        }
    }

    /** {@code fault}, {@code chance}, {@code calm}, {@code boot}, {@code room}, {@code reclaim}, {@code balance}, {@code run-dry}, {@code address}, {@code state}. */
    private Reply control(String path, JsonNode body) {
        String id = body.path("id").asText("");
        switch (path) {
            case "/fault" ->
                faults.next(
                        body.path("on").asText(),
                        Fault.valueOf(body.path("kind").asText()),
                        body.path("times").asInt(1));
            case "/chance" ->
                faults.byChance(
                        body.path("seed").asLong(), body.path("probability").asDouble());
            case "/calm" -> faults.none();
            case "/boot" ->
                account.boot(new Boot(
                        Boot.Plan.valueOf(body.path("plan").asText("NORMAL")),
                        Duration.ofMillis(body.path("ip_after_ms").asLong(200)),
                        Duration.ofMillis(body.path("running_after_ms").asLong(600)),
                        Duration.ofMillis(body.path("end_takes_ms").asLong(300))));
            case "/room" ->
                account.room(
                        body.path("instance_type").asText(),
                        body.path("location_code").asText(),
                        body.path("machines").asInt());
            case "/reclaim" -> account.reclaim(id);
            case "/balance" -> account.balance(body.path("amount").asText("0"));
            case "/run-dry" -> account.runDry();
            case "/address" -> account.changeAddress(id);
            case "/state" -> {
                // Answered below, as for all the others.
            }
            default -> {
                return Reply.error(404, "not_found", "no such control: " + path);
            }
        }
        var state = JSON.createObjectNode();
        state.set("live", JSON.valueToTree(account.live()));
        state.set("seconds", JSON.valueToTree(account.meter()));
        state.set("faults", JSON.valueToTree(faults.injected()));
        state.set("scripts", JSON.valueToTree(account.scriptNames()));
        state.set("volumes", JSON.valueToTree(account.volumes()));
        state.set("disks", JSON.valueToTree(account.diskNames()));
        return new Reply(200, state);
    }

    private static JsonNode body(HttpExchange exchange) throws IOException {
        byte[] bytes = exchange.getRequestBody().readAllBytes();
        return bytes.length == 0 ? JsonNodeFactory.instance.objectNode() : JSON.readTree(bytes);
    }

    private static void send(HttpExchange exchange, Reply reply, Map<String, String> headers) throws IOException {
        boolean json = reply.body() instanceof JsonNode;
        byte[] bytes = String.valueOf(reply.body()).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", json ? "application/json" : "text/plain");
        headers.forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    private static String query(HttpExchange exchange, String name, String otherwise) {
        String query = exchange.getRequestURI().getRawQuery();
        return query == null
                ? otherwise
                : Arrays.stream(query.split("&", -1))
                        .map(part -> part.split("=", 2))
                        .filter(part -> part.length == 2 && part[0].equals(name))
                        .map(part -> URLDecoder.decode(part[1], StandardCharsets.UTF_8))
                        .findFirst()
                        .orElse(otherwise);
    }
}
