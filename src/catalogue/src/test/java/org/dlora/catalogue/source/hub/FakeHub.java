package org.dlora.catalogue.source.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/**
 * A local server that plays the hub: one repository at one commit, whose safetensors are in large
 * storage. It can misbehave in the ways that a test asks for.
 */
public final class FakeHub implements AutoCloseable {
    public static final String REPOSITORY = "org/name";
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    /** The repository's name before it was renamed. */
    static final String RENAMED = "old/name";

    private static final String STORAGE = "/storage/";

    /** Recorded call: method, path, and the headers that matter. */
    public record Call(String method, String path, String authorization, String range) {}

    private final HttpServer server;
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, Integer> statuses = new ConcurrentHashMap<>();
    private final Map<String, Integer> cuts = new ConcurrentHashMap<>();
    private final Map<String, byte[]> damaged = new ConcurrentHashMap<>();
    private final Map<String, CountDownLatch> stalls = new ConcurrentHashMap<>();
    private volatile String storage = STORAGE;
    private volatile String errorCode = "";
    private volatile LongSupplier received = () -> Long.MAX_VALUE;

    /** All calls in their order. */
    public final List<Call> calls = new CopyOnWriteArrayList<>();

    public FakeHub() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    public URI url() {
        return URI.create(
                "http://%s:%d"
                        .formatted(
                                server.getAddress().getAddress().getHostAddress(),
                                server.getAddress().getPort()));
    }

    /** Returns the settings of a client that has no token. */
    public HubSettings settings(Path cache) {
        return new HubSettings(url(), Optional.empty(), cache, false);
    }

    /** Adds the files of a folder. */
    public FakeHub folder(Path folder) throws IOException {
        try (var all = Files.list(folder)) {
            for (var file : all.toList()) {
                file(String.valueOf(file.getFileName()), Files.readAllBytes(file));
            }
        }
        return this;
    }

    public FakeHub file(String name, byte[] content) {
        files.put(name, content);
        return this;
    }

    public FakeHub file(String name, String content) {
        return file(name, content.getBytes(UTF_8));
    }

    /** Answers calls whose path contains {@code part} with a status. */
    FakeHub status(String part, int status) {
        statuses.put(part, status);
        return this;
    }

    FakeHub healed() {
        statuses.clear();
        return this;
    }

    FakeHub errorCode(String code) {
        errorCode = code;
        return this;
    }

    /**
     * Closes the connection after {@code bytes} of the body of each answer for the file, once the
     * client has them: it may give up what it has not read then.
     *
     * @param received bytes of the file that the client has
     */
    FakeHub cut(String name, int bytes, LongSupplier received) {
        cuts.put(name, bytes);
        this.received = received;
        return this;
    }

    /** Sends other bytes than those of the hash. */
    FakeHub damage(String name, byte[] content) {
        damaged.put(name, content);
        return this;
    }

    FakeHub undamaged() {
        damaged.clear();
        return this;
    }

    /** Sends the head and the first byte of the next answer for the file, then nothing. */
    FakeHub stall(String name, CountDownLatch until) {
        stalls.put(name, until);
        return this;
    }

    /** Redirects files in large storage to this URL, followed by their names. */
    public FakeHub storage(String url) {
        storage = url;
        return this;
    }

    List<String> paths(String method) {
        return calls.stream().filter(call -> call.method.equals(method)).map(Call::path).toList();
    }

    static String sha256(byte[] content) {
        return hex("SHA-256", content);
    }

    static String gitSha1(byte[] content) {
        var head = "blob %d\0".formatted(content.length).getBytes(UTF_8);
        var whole = Arrays.copyOf(head, head.length + content.length);
        System.arraycopy(content, 0, whole, head.length, content.length);
        return hex("SHA-1", whole);
    }

    private static String hex(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var path = exchange.getRequestURI().getRawPath();
            calls.add(
                    new Call(
                            exchange.getRequestMethod(),
                            path,
                            String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
                            String.valueOf(exchange.getRequestHeaders().getFirst("Range"))));
            for (var entry : statuses.entrySet()) {
                if (path.contains(entry.getKey())) {
                    answer(exchange, entry.getValue(), new byte[0]);
                    return;
                }
            }
            if (path.contains(RENAMED)) {
                var to = path.replace(RENAMED, REPOSITORY);
                exchange.getResponseHeaders()
                        .set("Location", path.startsWith("/api") ? to : url() + to);
                answer(exchange, 307, new byte[0]);
                return;
            }
            var resolved = "/%s/resolve/%s/".formatted(REPOSITORY, COMMIT);
            if (path.startsWith("/api/models/" + REPOSITORY + "/revision/")) {
                info(exchange);
            } else if (path.startsWith(resolved)) {
                resolve(exchange, path.substring(resolved.length()));
            } else if (path.startsWith(STORAGE)) {
                content(exchange, path.substring(STORAGE.length()));
            } else {
                answer(exchange, 404, new byte[0]);
            }
        }
    }

    private void info(HttpExchange exchange) throws IOException {
        var siblings =
                files.keySet().stream()
                        .map("{\"rfilename\": \"%s\"}"::formatted)
                        .collect(Collectors.joining(", "));
        answer(
                exchange,
                200,
                "{\"id\": \"org/name\", \"sha\": \"%s\", \"siblings\": [%s]}"
                        .formatted(COMMIT, siblings)
                        .getBytes(UTF_8));
    }

    private void resolve(HttpExchange exchange, String name) throws IOException {
        var content = files.get(name);
        if (content == null) {
            answer(exchange, 404, new byte[0]);
            return;
        }
        exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
        if (!name.endsWith(".safetensors")) {
            exchange.getResponseHeaders().set("ETag", "W/\"" + gitSha1(content) + "\"");
            content(exchange, name);
            return;
        }
        exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256(content) + "\"");
        exchange.getResponseHeaders().set("X-Linked-Size", String.valueOf(content.length));
        exchange.getResponseHeaders()
                .set("Location", storage.startsWith("/") ? url() + storage + name : storage + name);
        answer(exchange, 302, new byte[0]);
    }

    private void content(HttpExchange exchange, String name) throws IOException {
        var content = Objects.requireNonNull(damaged.getOrDefault(name, files.get(name)));
        var range = exchange.getRequestHeaders().getFirst("Range");
        int from = 0;
        if (range != null) {
            from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
            exchange.getResponseHeaders()
                    .set(
                            "Content-Range",
                            "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        }
        int status = range == null ? 200 : 206;
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(content.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        var part = Arrays.copyOfRange(content, from, content.length);
        exchange.sendResponseHeaders(status, part.length == 0 ? -1 : part.length);
        var stall = stalls.remove(name);
        if (stall != null) {
            exchange.getResponseBody().write(part, 0, 1);
            exchange.getResponseBody().flush();
            await(stall);
            return;
        }
        int sent = Math.min(part.length, cuts.getOrDefault(name, part.length));
        exchange.getResponseBody().write(part, 0, sent);
        if (sent < part.length) {
            exchange.getResponseBody().flush();
            long expected = from + (long) sent;
            Awaitility.await()
                    .atMost(Duration.ofMinutes(1))
                    .until(() -> received.getAsLong() >= expected);
            // Closing the exchange before the promised length breaks the connection.
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assert latch.await(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        if (status >= 400 && !errorCode.isEmpty()) {
            exchange.getResponseHeaders().set("X-Error-Code", errorCode);
        }
        boolean isHead = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, isHead || body.length == 0 ? -1 : body.length);
        if (!isHead && body.length > 0) {
            exchange.getResponseBody().write(body);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
