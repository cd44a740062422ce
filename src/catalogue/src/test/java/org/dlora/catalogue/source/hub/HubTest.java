package org.dlora.catalogue.source.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.dlora.catalogue.source.fetch.HttpFetch;
import org.dlora.catalogue.source.fetch.InternalAddresses;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.SourceException.Kind;
import org.dlora.catalogue.source.fetch.Transfer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubTest {
    private static final HubReference NAME = HubReference.parse("hf:org/name");
    private static final Hub.Wanted WANTED =
            new Hub.Wanted(
                    Predicate.<String>isEqual("adapter_config.json")
                            .or(name -> name.endsWith(".safetensors")),
                    "adapter_config.json",
                    1 << 20);
    private static final byte[] WEIGHTS = weights();

    private final FakeHub server = new FakeHub();
    private final List<HttpFetch> clients = new ArrayList<>();
    private final List<Duration> pauses = new ArrayList<>();
    @TempDir Path cache;

    private static byte[] weights() {
        var bytes = new byte[100_000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ((i * 31) >> 3);
        }
        return bytes;
    }

    @BeforeEach
    void repository() {
        server.file("adapter_config.json", "{}")
                .file("README.md", "no")
                .file("adapter_model.bin", "no")
                .file("adapter_model.safetensors", WEIGHTS);
    }

    @AfterEach
    void close() {
        clients.forEach(HttpFetch::close);
        server.close();
    }

    @Test
    void fetchesWantedFilesIntoTheCacheOfHuggingFace() throws IOException {
        var transfer = new Transfer();
        var found = hub().fetch(NAME, WANTED, transfer);
        var repository = cache.resolve("models--org--name");
        assertThat(found.folder())
                .isEqualTo(repository.resolve("snapshots").resolve(FakeHub.COMMIT));
        assertThat(found.files())
                .containsExactly("adapter_config.json", "adapter_model.safetensors");
        assertThat(found.at()).hasToString("hf:org/name@" + FakeHub.COMMIT);
        assertThat(found.folder().resolve("adapter_config.json")).hasContent("{}");
        var blob = repository.resolve("blobs").resolve(FakeHub.sha256(WEIGHTS));
        assertThat(found.folder().resolve("adapter_model.safetensors"))
                .isSymbolicLink()
                .hasBinaryContent(WEIGHTS);
        assertThat(Files.readSymbolicLink(found.folder().resolve("adapter_model.safetensors")))
                .isEqualTo(Path.of("../../blobs").resolve(blob.getFileName()));
        assertThat(repository.resolve("blobs").resolve(FakeHub.gitSha1("{}".getBytes(UTF_8))))
                .hasContent("{}");
        assertThat(repository.resolve("refs/main")).hasContent(FakeHub.COMMIT);
        assertThat(repository.resolve("blobs")).isDirectoryNotContaining(HubTest::isPartial);
        assertThat(transfer.bytes()).isEqualTo(WEIGHTS.length + 2);
        assertThat(transfer.total()).hasValue(WEIGHTS.length + 2);
    }

    @Test
    void cachedFilesAreNotFetchedAgain() {
        hub().fetch(NAME, WANTED, new Transfer());
        server.calls.clear();
        hub().fetch(NAME, WANTED, new Transfer());
        assertThat(server.paths("GET")).containsExactly("/api/models/org/name/revision/main");
        assertThat(server.paths("HEAD")).isEmpty();
    }

    @Test
    void filesDownloadedByPythonAreFound() throws IOException {
        python("adapter_config.json", "{\"by\": \"python\"}");
        python("adapter_model.safetensors", "weights");
        Files.createDirectories(cache.resolve("models--org--name/refs/team"));
        Files.writeString(cache.resolve("models--org--name/refs/team/v1"), FakeHub.COMMIT);
        server.close();
        var at = HubReference.parse("hf:org/name@team/v1");
        for (var hub : List.of(hub(), hub(settings(null, true)))) {
            var found = hub.fetch(at, WANTED, new Transfer());
            assertThat(found.at().revision()).isEqualTo(FakeHub.COMMIT);
            assertThat(found.folder().resolve("adapter_config.json"))
                    .hasContent("{\"by\": \"python\"}");
        }
        assertThat(hub().fetch(NAME.at(FakeHub.COMMIT), WANTED, new Transfer()).files()).hasSize(2);
    }

    private void python(String name, String content) throws IOException {
        var repository = cache.resolve("models--org--name");
        var snapshot = Files.createDirectories(repository.resolve("snapshots/" + FakeHub.COMMIT));
        var blob = FakeHub.gitSha1(content.getBytes(UTF_8));
        Files.createDirectories(repository.resolve("blobs"));
        Files.writeString(repository.resolve("blobs").resolve(blob), content);
        Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs", blob));
    }

    @Test
    void linkOutOfTheCacheIsNoFile() throws IOException {
        var secret = Files.writeString(cache.resolve("secret"), "{}");
        var snapshot =
                Files.createDirectories(
                        cache.resolve("models--org--name/snapshots/" + FakeHub.COMMIT));
        Files.createSymbolicLink(snapshot.resolve("adapter_config.json"), secret);
        refuses(
                hub(settings(null, true)),
                NAME.at(FakeHub.COMMIT),
                Kind.UNAVAILABLE,
                "not in the cache");
    }

    @Test
    void saysWhatIsMissingWithoutANetwork() {
        refuses(hub(settings(null, true)), NAME, Kind.UNAVAILABLE, "HF_HUB_OFFLINE is set");
        server.close();
        refuses(hub(), NAME, Kind.UNAVAILABLE, "hf:org/name is not in the cache");
    }

    @Test
    void downloadsResumeWhereTheConnectionBroke() {
        var transfer = new Transfer();
        server.cut("adapter_model.safetensors", 30_000, () -> transfer.bytes() - "{}".length());
        var found = hub().fetch(NAME, WANTED, transfer);
        assertThat(found.folder().resolve("adapter_model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(
                        server.calls.stream()
                                .filter(call -> call.path().startsWith("/storage/"))
                                .map(FakeHub.Call::range))
                .containsExactly("null", "bytes=30000-", "bytes=60000-", "bytes=90000-");
    }

    @Test
    void laterProcessGoesOnWhereAnEarlierOneWasCancelled() throws IOException {
        var blobs = cache.resolve("models--org--name/blobs");
        var transfer =
                new Transfer(
                        () -> {},
                        bytes -> {
                            if (bytes.bytes() > 10_000) {
                                bytes.cancel();
                            }
                        });
        assertThatThrownBy(() -> hub().fetch(NAME, WANTED, transfer))
                .isInstanceOf(CancellationException.class);
        long before = Files.size(blobs.resolve(FakeHub.sha256(WEIGHTS) + ".dlora.incomplete"));
        assertThat(before).isPositive();
        server.calls.clear();
        var found = hub().fetch(NAME, WANTED, new Transfer());
        assertThat(found.folder().resolve("adapter_model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(server.calls).anyMatch(call -> call.range().equals("bytes=" + before + "-"));
        assertThat(blobs).isDirectoryNotContaining(HubTest::isPartial);
    }

    @Test
    void bodyThatGivesNothingIsGivenUpAndAskedForAgain() {
        var end = new CountDownLatch(1);
        server.stall("adapter_model.safetensors", end);
        var found = hub().fetch(NAME, WANTED, new Transfer());
        end.countDown();
        assertThat(found.folder().resolve("adapter_model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(server.calls).anyMatch(call -> call.range().equals("bytes=1-"));
    }

    @Test
    void damagedFileIsFetchedAgainAndNeverKept() {
        server.damage("adapter_model.safetensors", new byte[WEIGHTS.length]);
        refuses(
                hub(),
                NAME,
                Kind.UNAVAILABLE,
                "adapter_model.safetensors of hf:org/name@" + FakeHub.COMMIT + " is damaged");
        assertThat(server.paths("GET")).filteredOn(path -> path.startsWith("/storage/")).hasSize(2);
        assertThat(cache.resolve("models--org--name/blobs"))
                .isDirectoryNotContaining(HubTest::isPartial)
                .isDirectoryNotContaining(file -> file.endsWith(FakeHub.sha256(WEIGHTS)));
        server.undamaged();
        assertThat(hub().fetch(NAME, WANTED, new Transfer()).files()).hasSize(2);
    }

    @Test
    void tokenGoesToTheHubOnly() {
        try (var other = new FakeHub().file("adapter_model.safetensors", WEIGHTS)) {
            server.storage(other.url() + "/storage/");
            hub(settings("secret", false)).fetch(NAME, WANTED, new Transfer());
            assertThat(server.calls).allMatch(call -> call.authorization().equals("Bearer secret"));
            assertThat(other.calls)
                    .hasSize(1)
                    .allMatch(call -> call.authorization().equals("null"));
        }
    }

    @Test
    void redirectToAnInternalAddressIsRefused() {
        // The hub has a public address here, and is reached through a proxy.
        for (var internal :
                List.of(
                        "http://127.0.0.1:1/",
                        "http://10.0.0.7/",
                        "http://169.254.169.254/latest/",
                        "http://[::1]/",
                        "http://[fd00::1]/",
                        "http://[::ffff:127.0.0.1]/",
                        "http://intern.example/")) {
            server.storage(internal);
            var hub = publicHub();
            assertThatExceptionOfType(SourceException.class)
                    .as(internal)
                    .isThrownBy(() -> hub.fetch(NAME, WANTED, new Transfer()))
                    .withMessageContaining("an internal address, which is not followed")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.REFUSED));
        }
        server.storage("ftp://hub.example/");
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> publicHub().fetch(NAME, WANTED, new Transfer()))
                .withMessageContaining("expected an https: URL");
        server.storage("http://cdn.example/storage/");
        assertThat(publicHub().fetch(NAME, WANTED, new Transfer()).files()).hasSize(2);
    }

    private Hub publicHub() {
        var proxied =
                new HttpFetch(
                        () ->
                                HttpClient.newBuilder()
                                        .proxy(
                                                ProxySelector.of(
                                                        new InetSocketAddress(
                                                                server.url().getHost(),
                                                                server.url().getPort())))
                                        .build(),
                        Duration.ofMinutes(1),
                        pauses::add);
        clients.add(proxied);
        var names =
                new InternalAddresses(host ->
                        InetAddress.getAllByName(
                                switch (host) {
                                    case "hub.example", "cdn.example" -> "93.184.215.14";
                                    case "intern.example" -> "192.168.1.1";
                                    default -> host;
                                }));
        return new Hub(
                new HubSettings(URI.create("http://hub.example"), Optional.empty(), cache, false),
                proxied,
                names);
    }

    @Test
    void renamedRepositoryIsFoundUnderItsOldName() {
        var found =
                hub(settings("secret", false))
                        .fetch(HubReference.parse("hf:" + FakeHub.RENAMED), WANTED, new Transfer());
        assertThat(found.folder())
                .isEqualTo(cache.resolve("models--old--name/snapshots/" + FakeHub.COMMIT));
        assertThat(found.folder().resolve("adapter_model.safetensors")).hasBinaryContent(WEIGHTS);
        assertThat(server.calls).allMatch(call -> call.authorization().equals("Bearer secret"));
    }

    @Test
    void endlessRedirectsAreRefused() {
        server.storage("/org/name/resolve/" + FakeHub.COMMIT + "/");
        refuses(hub(), NAME, Kind.REFUSED, "redirected more than");
    }

    @Test
    void saysWhyTheHubRefuses() {
        server.status("/api/", 401);
        refuses(hub(), NAME, Kind.REFUSED, "set HF_TOKEN");
        server.status("/api/", 403);
        refuses(hub(), NAME, Kind.REFUSED, "ask for access at " + server.url() + "/org/name");
        server.status("/api/", 404);
        refuses(hub(), NAME, Kind.REFUSED, "has no repository org/name");
        server.errorCode("RevisionNotFound");
        refuses(
                hub(),
                HubReference.parse("hf:org/name@v9"),
                Kind.REFUSED,
                "org/name has no revision v9");
        server.healed().errorCode("EntryNotFound").status("adapter_config.json", 404);
        refuses(hub(), NAME, Kind.REFUSED, "adapter_config.json of hf:org/name");
        server.healed().status("/storage/", 503);
        refuses(hub(), NAME, Kind.UNAVAILABLE, "answers 503");
        assertThat(pauses).hasSize(4).isSorted();
        assertThat(cache.resolve("models--org--name/snapshots/" + FakeHub.COMMIT))
                .isDirectoryNotContaining(file -> file.endsWith("adapter_model.safetensors"));
    }

    @Test
    void repositoriesWithoutTheExpectedFilesAreRefused() {
        try (var other = new FakeHub().file("config.json", "{}")) {
            var settings = new HubSettings(other.url(), Optional.empty(), cache, false);
            refuses(hub(settings), NAME, Kind.REFUSED, "has no adapter_config.json at its root");
        }
    }

    @Test
    void refusesMoreBytesThanAllowedBeforeItFetchesThem() {
        server.file("more.safetensors", new byte[1 << 20]);
        refuses(hub(), NAME, Kind.TOO_LARGE, "dlora.adapters.uploads.max-size");
        assertThat(server.paths("GET")).noneMatch(path -> path.startsWith("/storage/"));
    }

    private static boolean isPartial(Path file) {
        return file.toString().endsWith("incomplete");
    }

    private static void refuses(Hub hub, HubReference reference, Kind kind, String words) {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> hub.fetch(reference, WANTED, new Transfer()))
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private Hub hub() {
        return hub(settings(null, false));
    }

    private HubSettings settings(@Nullable String token, boolean isOffline) {
        return new HubSettings(server.url(), Optional.ofNullable(token), cache, isOffline);
    }

    private Hub hub(HubSettings settings) {
        var http = new HttpFetch(HttpClient::newHttpClient, Duration.ofSeconds(1), pauses::add);
        clients.add(http);
        return new Hub(settings, http, InternalAddresses.ofSystem());
    }
}
