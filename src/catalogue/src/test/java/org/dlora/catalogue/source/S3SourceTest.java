package org.dlora.catalogue.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.SourceException.Kind;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.unpack.Archives;
import org.dlora.catalogue.source.unpack.UnpackLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** A local server speaks the protocol of S3: ListObjectsV2 and GetObject of one bucket. */
class S3SourceTest {
    private static final SourceSettings SETTINGS =
            new SourceSettings(
                    false, List.of(), List.of("adapters"), new UnpackLimits(1 << 20, 3, 100));

    private final Map<String, byte[]> objects = new TreeMap<>();
    private final List<String> authorizations = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private S3Source source;
    @TempDir Path folder;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/adapters", this::handle);
        server.createContext("/", exchange -> error(exchange, 404, "NoSuchBucket"));
        server.start();
        source = new S3Source(() -> new S3Objects(client()), SETTINGS);
        objects.put("team/sql/adapter_config.json", "{}".getBytes(UTF_8));
        objects.put("team/sql/adapter_model.safetensors", "weights".getBytes(UTF_8));
        objects.put("team/sql/training_args.bin", "pickle".getBytes(UTF_8));
    }

    private S3Client client() {
        return S3Client.builder()
                .httpClient(UrlConnectionHttpClient.create())
                .endpointOverride(URI.create("http://127.0.0.1:" + server.getAddress().getPort()))
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsBasicCredentials.create("key", "secret")))
                .build();
    }

    @AfterEach
    void stop() {
        source.close();
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        var query = String.valueOf(exchange.getRequestURI().getRawQuery());
        if (query.contains("list-type=2")) {
            list(exchange, query);
            return;
        }
        var key = exchange.getRequestURI().getPath().substring("/adapters/".length());
        var content = objects.get(key);
        if (key.startsWith("secret")) {
            error(exchange, 403, "AccessDenied");
        } else if (content == null) {
            error(exchange, 404, "NoSuchKey");
        } else {
            answer(exchange, 200, content);
        }
    }

    private void list(HttpExchange exchange, String query) throws IOException {
        var prefix = URLDecoder.decode(query.replaceFirst(".*prefix=([^&]*).*", "$1"), UTF_8);
        var xml = new StringBuilder("<ListBucketResult><Name>adapters</Name><MaxKeys>3</MaxKeys>");
        var found =
                objects.entrySet().stream()
                        .filter(entry -> entry.getKey().startsWith(prefix))
                        .toList();
        xml.append("<IsTruncated>%s</IsTruncated>".formatted(found.size() > 3));
        found.stream()
                .limit(3)
                .forEach(entry ->
                        xml.append(
                                "<Contents><Key>%s</Key><Size>%d</Size></Contents>"
                                        .formatted(entry.getKey(), entry.getValue().length)));
        answer(exchange, 200, xml.append("</ListBucketResult>").toString().getBytes(UTF_8));
    }

    private static void error(HttpExchange exchange, int status, String code) throws IOException {
        answer(
                exchange,
                status,
                "<Error><Code>%s</Code><Message>no</Message></Error>"
                        .formatted(code)
                        .getBytes(UTF_8));
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders().set("Content-Type", "application/xml");
            exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://adapters/team/sql", "s3://adapters/team/sql/"})
    void fetchesTheFilesOfAFolder(String reference) throws IOException {
        source.check(reference);
        var transfer = new Transfer();
        var found = source.fetch(reference, folder, transfer);
        assertThat(found.origin()).isEqualTo(reference);
        assertThat(found.folder().resolve("adapter_config.json")).hasContent("{}");
        assertThat(found.folder().resolve("adapter_model.safetensors")).hasContent("weights");
        try (var files = Files.list(found.folder())) {
            assertThat(files).hasSize(2);
        }
        assertThat(transfer.bytes()).isEqualTo(9);
        assertThat(transfer.total()).hasValue(9);
        assertThat(authorizations)
                .isNotEmpty()
                .allMatch(header -> header.startsWith("AWS4-HMAC-SHA256 Credential=key/"));
    }

    @Test
    void fetchesAnArchive() throws IOException {
        objects.put(
                "sql.zip",
                Archives.zip(
                        Map.of(
                                "adapter_config.json", "{}".getBytes(UTF_8),
                                "adapter_model.safetensors", "weights".getBytes(UTF_8))));
        var found = source.fetch("s3://adapters/sql.zip", folder, new Transfer());
        assertThat(found.folder().resolve("adapter_model.safetensors")).hasContent("weights");
    }

    @Test
    void saysWhatIsWrong() {
        refuses("s3://adapters/missing.zip", Kind.REFUSED, "There is no object");
        refuses("s3://adapters/secret.zip", Kind.REFUSED, "does not let this server read");
        refuses("s3://nowhere/team.zip", Kind.REFUSED, "There is no bucket");
        refuses("s3://adapters/empty", Kind.REFUSED, "There is no adapter_config.json");
        objects.put("large.zip", new byte[2 << 20]);
        refuses("s3://adapters/large.zip", Kind.TOO_LARGE, "more than 1048576 bytes");
        objects.put("team/sql/zzz", new byte[0]);
        refuses("s3://adapters/team/sql", Kind.TOO_LARGE, "more than 3 objects");
        server.stop(0);
        refuses("s3://adapters/team/sql", Kind.UNAVAILABLE, "cannot be fetched");
    }

    private void refuses(String reference, Kind kind, String words) {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() ->
                        source.fetch(
                                reference,
                                Files.createTempDirectory(folder, "job"),
                                new Transfer()))
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void checksReferences() {
        for (var reference :
                List.of("s3:adapters/x", "s3://adapters", "s3://adapters/", "s3://A_B/x")) {
            assertThatExceptionOfType(SourceException.class)
                    .isThrownBy(() -> source.check(reference))
                    .withMessageContaining("is no reference to S3");
        }
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> source.check("s3://other/x"))
                .withMessageContaining("dlora.adapters.sources.s3-buckets")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.FORBIDDEN));
    }
}
