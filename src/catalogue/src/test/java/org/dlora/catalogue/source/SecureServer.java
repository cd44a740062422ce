package org.dlora.catalogue.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;

/** A local web server with a certificate of its own, made by the JDK's keytool. */
final class SecureServer implements AutoCloseable {
    private static final String PASSWORD = "password";

    /** Answer of a path. */
    record Answer(int status, byte[] body, Map<String, String> headers) {}

    private final HttpsServer server;
    private final SSLContext context;

    final Map<String, Answer> answers = new ConcurrentHashMap<>();

    /** Calls as "METHOD PATH RANGE IF-RANGE". */
    final List<String> calls = new CopyOnWriteArrayList<>();

    /** Queries of calls that had one. */
    final List<String> queries = new CopyOnWriteArrayList<>();

    /** Bytes of each body after which the connection is closed. */
    volatile int cut = Integer.MAX_VALUE;

    /** Bytes that the client has: a connection is closed once it has those that were sent. */
    volatile LongSupplier received = () -> Long.MAX_VALUE;

    private SecureServer(HttpsServer server, SSLContext context) {
        this.server = server;
        this.context = context;
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    static SecureServer start(Path folder) throws Exception {
        return new SecureServer(
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0),
                context(folder.resolve("keys.p12")));
    }

    private static SSLContext context(Path keys) throws Exception {
        var keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                "server",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=localhost",
                                "-ext",
                                "SAN=dns:localhost,ip:127.0.0.1",
                                "-keystore",
                                keys.toString(),
                                "-storepass",
                                PASSWORD)
                        .inheritIO()
                        .start();
        assertThat(keytool.waitFor()).isZero();
        var store = KeyStore.getInstance("PKCS12");
        try (var in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(store, PASSWORD.toCharArray());
        var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    int port() {
        return server.getAddress().getPort();
    }

    SSLContext context() {
        return context;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var range = exchange.getRequestHeaders().getFirst("Range");
            var path = exchange.getRequestURI().getPath();
            Optional.ofNullable(exchange.getRequestURI().getQuery()).ifPresent(queries::add);
            calls.add(
                    "%s %s %s %s"
                            .formatted(
                                    exchange.getRequestMethod(),
                                    path,
                                    range,
                                    exchange.getRequestHeaders().getFirst("If-Range")));
            var answer = answers.getOrDefault(path, new Answer(404, new byte[0], Map.of()));
            answer.headers.forEach(exchange.getResponseHeaders()::set);
            int from = 0;
            if (range != null) {
                from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
                exchange.getResponseHeaders()
                        .set(
                                "Content-Range",
                                "bytes %d-%d/%d"
                                        .formatted(
                                                from, answer.body.length - 1, answer.body.length));
            }
            var part = Arrays.copyOfRange(answer.body, from, answer.body.length);
            exchange.sendResponseHeaders(
                    range == null ? answer.status : 206, part.length == 0 ? -1 : part.length);
            if (part.length > 0) {
                int sent = Math.min(cut, part.length);
                exchange.getResponseBody().write(part, 0, sent);
                if (sent < part.length) {
                    exchange.getResponseBody().flush();
                    long expected = from + (long) sent;
                    Awaitility.await()
                            .atMost(Duration.ofMinutes(1))
                            .until(() -> received.getAsLong() >= expected);
                }
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
