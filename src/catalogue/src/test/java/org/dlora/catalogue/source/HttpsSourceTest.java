package org.dlora.catalogue.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.dlora.catalogue.source.fetch.HttpFetch;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.SourceException.Kind;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.unpack.Archives;
import org.dlora.catalogue.source.unpack.UnpackLimits;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

@TestInstance(Lifecycle.PER_CLASS)
class HttpsSourceTest {
    private static final byte[] ARCHIVE =
            Archives.tarGz(
                    Map.of(
                            "a/adapter_config.json", "{}".getBytes(UTF_8),
                            "a/adapter_model.safetensors", "weights".getBytes(UTF_8)));
    private static final SourceSettings SETTINGS =
            new SourceSettings(
                    false, List.of("LocalHost"), List.of(), new UnpackLimits(1 << 20, 100, 100));

    private SecureServer server;
    private HttpFetch http;
    private HttpsSource source;
    @TempDir Path folder;

    @BeforeAll
    void start(@TempDir Path keys) throws Exception {
        server = SecureServer.start(keys);
        http =
                new HttpFetch(
                        () -> HttpClient.newBuilder().sslContext(server.context()).build(),
                        Duration.ofMinutes(1),
                        _ -> {});
        source = new HttpsSource(http, SETTINGS);
    }

    @AfterAll
    void stop() {
        http.close();
        server.close();
    }

    @BeforeEach
    void answer() {
        server.answers.clear();
        server.calls.clear();
        server.queries.clear();
        server.cut = Integer.MAX_VALUE;
        server.received = () -> Long.MAX_VALUE;
        server.answers.put("/a.tar.gz", new SecureServer.Answer(200, ARCHIVE, Map.of()));
    }

    @AfterEach
    void clear() throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!file.equals(folder)) {
                    Files.delete(file);
                }
            }
        }
    }

    private String url(String path) {
        return "https://localhost:%d%s".formatted(server.port(), path);
    }

    @Test
    void fetchesAnArchive() throws IOException {
        source.check(url("/a.tar.gz"));
        var transfer = new Transfer();
        var found = source.fetch(url("/a.tar.gz"), folder, transfer);
        assertThat(found.origin()).isEqualTo(url("/a.tar.gz"));
        assertThat(found.folder().resolve("adapter_model.safetensors")).hasContent("weights");
        assertThat(transfer.bytes()).isEqualTo(ARCHIVE.length);
    }

    /** The fetch has the secret; jobs, the log, the target and errors have not. */
    @Test
    void theQueryIsForTheFetchAlone() throws Exception {
        server.answers.put("/broken.tar.gz", new SecureServer.Answer(403, new byte[0], Map.of()));
        var target = new FakeTarget();
        var logged = new ListAppender<ILoggingEvent>();
        var root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        logged.start();
        root.addAppender(logged);
        try (var jobs =
                new AcquisitionJobs(
                        new ContentStore(folder.resolve("store")),
                        new AdapterSources(SETTINGS, http, List.of(source)),
                        target,
                        InstantSource.system())) {
            var job =
                    jobs.begin(
                            new AcquisitionRequest("sql", url("/a.tar.gz?sig=secret"), false, true),
                            new Requester("somebody", ""));
            var report = job.done().get(1, TimeUnit.MINUTES);
            assertThat(report.source()).isEqualTo(url("/a.tar.gz"));
            assertThat(report.origin()).isEqualTo(url("/a.tar.gz"));
            var refused =
                    jobs.begin(
                            new AcquisitionRequest(
                                    "law", url("/broken.tar.gz?sig=secret"), false, true),
                            new Requester("somebody", ""));
            assertThat(refused.done()).failsWithin(Duration.ofMinutes(1));
            assertThat(refused.report().error())
                    .contains(url("/broken.tar.gz"))
                    .doesNotContain("secret");
            assertThat(refused.report().toString()).doesNotContain("secret");
        } finally {
            root.detachAppender(logged);
        }
        assertThat(server.queries).containsOnly("sig=secret");
        assertThat(target.loaded).singleElement().asString().contains(url("/a.tar.gz#"));
        assertThat(target.loaded.toString()).doesNotContain("secret");
        assertThat(logged.list)
                .map(ILoggingEvent::getFormattedMessage)
                .anyMatch(line -> line.contains("was acquired from " + url("/a.tar.gz")))
                .noneMatch(line -> line.contains("secret"));
    }

    @Test
    void goesOnWhereTheConnectionBrokeIfTheContentIsTheSame() throws IOException {
        server.answers.put(
                "/a.tar.gz", new SecureServer.Answer(200, ARCHIVE, Map.of("ETag", "\"v1\"")));
        var transfer = new Transfer();
        server.cut = 50;
        server.received = transfer::bytes;
        var found = source.fetch(url("/a.tar.gz"), folder, transfer);
        assertThat(found.folder().resolve("adapter_model.safetensors")).hasContent("weights");
        assertThat(server.calls).hasSizeGreaterThan(1);
        assertThat(server.calls.get(1)).isEqualTo("GET /a.tar.gz bytes=50- \"v1\"");
    }

    @Test
    void downloadsRestartWhereTheContentMayHaveChanged() {
        server.cut = 50;
        refuses("/a.tar.gz", Kind.UNAVAILABLE, "cannot be fetched from localhost");
        assertThat(server.calls).hasSizeBetween(5, 9);
        assertThat(server.calls).allMatch("GET /a.tar.gz null null"::equals);
    }

    @Test
    void redirectsToListedHostsOnlyAreFollowed() throws IOException {
        redirect("https://localhost:%d/a.tar.gz".formatted(server.port()));
        assertThat(source.fetch(url("/b.zip"), folder, new Transfer()).folder()).exists();
        redirect("https://127.0.0.1:%d/a.tar.gz".formatted(server.port()));
        refuses("/b.zip", Kind.FORBIDDEN, "takes no adapters from \"127.0.0.1\"");
        redirect("http://localhost:%d/a.tar.gz".formatted(server.port()));
        refuses("/b.zip", Kind.REFUSED, "expected an https: URL");
        redirect("https://user@localhost/a.tar.gz");
        refuses("/b.zip", Kind.REFUSED, "without a user");
        redirect("/b.zip");
        refuses("/b.zip", Kind.REFUSED, "redirected more than 5 times");
    }

    private void redirect(String to) {
        server.answers.put(
                "/b.zip", new SecureServer.Answer(302, new byte[0], Map.of("Location", to)));
    }

    @Test
    void saysWhatTheServerAnswers() {
        refuses("/missing.zip", Kind.REFUSED, "localhost does not have it (404)");
        server.answers.put("/c.zip", new SecureServer.Answer(401, new byte[0], Map.of()));
        refuses("/c.zip", Kind.REFUSED, "localhost does not allow it (401)");
        server.answers.put(
                "/d.zip", new SecureServer.Answer(200, "<html>".getBytes(UTF_8), Map.of()));
        refuses("/d.zip", Kind.REFUSED, "neither a zip nor a tar.gz");
        server.answers.put("/e.zip", new SecureServer.Answer(200, new byte[2 << 20], Map.of()));
        refuses("/e.zip", Kind.TOO_LARGE, "dlora.adapters.uploads.max-size");
    }

    @Test
    void refusesReferencesThatAreNoArchiveOfAListedHost() {
        for (var reference :
                Map.of(
                                "https://localhost/folder/",
                                        "Folders of web servers cannot be listed",
                                "https://user:secret@localhost/a.zip", "without a user",
                                "https://", "is no URL with a host",
                                "https:///a.zip", "is no URL with a host",
                                "https://a b/c.zip", "is no URL with a host",
                                "https://localhost.evil.example/a.zip", "takes no adapters from",
                                "https://127.0.0.1/a.zip", "takes no adapters from")
                        .entrySet()) {
            assertThatExceptionOfType(SourceException.class)
                    .isThrownBy(() -> source.check(reference.getKey()))
                    .withMessageContaining(reference.getValue());
        }
    }

    private void refuses(String path, Kind kind, String words) {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> {
                    clear();
                    source.fetch(url(path), folder, new Transfer());
                })
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
