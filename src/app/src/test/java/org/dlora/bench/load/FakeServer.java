package org.dlora.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Server of completions whose answers a test decides. */
final class FakeServer implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<JsonNode> bodies = new CopyOnWriteArrayList<>();
    private final List<String> keys = new CopyOnWriteArrayList<>();

    /** The fake's behaviour at a call. */
    @FunctionalInterface
    interface Answer {
        void to(JsonNode body, Reply reply) throws IOException, InterruptedException;
    }

    FakeServer(Answer answer) {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/v1/completions", exchange -> answer(exchange, answer));
        server.start();
    }

    private void answer(HttpExchange exchange, Answer answer) throws IOException {
        try (exchange) {
            var body = JSON.readTree(exchange.getRequestBody().readAllBytes());
            bodies.add(body);
            keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            answer.to(body, new Reply(exchange));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    List<JsonNode> bodies() {
        return bodies;
    }

    List<String> keys() {
        return keys;
    }

    /** The server's side of a call. */
    record Reply(HttpExchange exchange) {
        void error(int status, String text) throws IOException {
            var bytes = text.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }

        void begin() throws IOException {
            exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
        }

        void event(String data) throws IOException {
            exchange.getResponseBody().write(("data: " + data + "\n\n").getBytes(UTF_8));
            exchange.getResponseBody().flush();
        }

        void token() throws IOException {
            event("{\"choices\": [{\"index\": 0, \"text\": \"x\"}], \"usage\": null}");
        }

        void usage(int tokens) throws IOException {
            event("{\"choices\": [], \"usage\": {\"completion_tokens\": %d}}".formatted(tokens));
        }

        /** Sends a whole answer. */
        void tokens(int count) throws IOException {
            begin();
            exchange.getResponseBody().write(": ping\n\n".getBytes(UTF_8));
            for (int i = 0; i < count; i++) {
                token();
            }
            usage(count);
            event("[DONE]");
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
