package org.dlora.api.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.dlora.api.openai.RawClient;
import org.dlora.api.uploads.UploadReceiver;
import org.dlora.catalogue.source.AcquisitionJobs;
import org.dlora.catalogue.source.AcquisitionState;
import org.dlora.catalogue.source.AdapterSources;
import org.dlora.catalogue.source.ContentStore;
import org.dlora.catalogue.source.FakeTarget;
import org.dlora.catalogue.source.Requester;
import org.dlora.catalogue.source.SourceSettings;
import org.dlora.catalogue.source.hub.FakeHub;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.catalogue.source.unpack.Archives;
import org.dlora.catalogue.source.unpack.UnpackLimits;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;
import org.dlora.operate.Caller;
import org.dlora.operate.adapters.AcquisitionCommands;
import org.dlora.security.Access;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.client.MultipartBodyBuilder;
import org.springframework.test.web.reactive.server.WebTestClient;
import reactor.core.publisher.Flux;
import tools.jackson.databind.JsonNode;

class AcquisitionControllerTest extends AdminServer {
    private static final String PATH = "/admin/adapters";
    private static final String JOBS = "/admin/adapter-jobs";

    private final FakeTarget target = new FakeTarget();
    private final FakeHub hub = new FakeHub();
    @Autowired ClusterEvents events;
    @Autowired UploadReceiver uploads;
    @TempDir Path home;
    private ContentStore store;
    private AcquisitionJobs jobs;

    /** Runs before a job gets its time. */
    private volatile Runnable asksClock = () -> {};

    @BeforeEach
    void serve() {
        hub.file("adapter_config.json", "{}").file("adapter_model.safetensors", "weights");
        store = new ContentStore(home.resolve("adapters"));
        jobs =
                new AcquisitionJobs(
                        store,
                        AdapterSources.of(
                                new SourceSettings(
                                        true,
                                        List.of("localhost"),
                                        List.of(),
                                        new UnpackLimits(1 << 20, 100, 100)),
                                new HubSettings(
                                        hub.url(), Optional.empty(), home.resolve("cache"), false)),
                        target,
                        () -> {
                            asksClock.run();
                            return InstantSource.system().instant();
                        });
        serve(demo().acquisitions(jobs));
    }

    @AfterEach
    void close() throws IOException {
        target.open();
        jobs.close();
        hub.close();
    }

    private static MultipartBodyBuilder upload(String name) {
        var body = new MultipartBodyBuilder();
        body.part("name", name);
        return body;
    }

    private static void file(MultipartBodyBuilder body, String name, byte[] content) {
        body.part("files", new ByteArrayResource(content)).filename(name);
    }

    private static MultipartBodyBuilder adapter(String name) {
        var body = upload(name);
        file(body, "adapter_config.json", "{}".getBytes(UTF_8));
        file(body, "adapter_model.safetensors", new byte[300_000]);
        return body;
    }

    private JsonNode send(MultipartBodyBuilder body, HttpStatus status) {
        return json(exchange(body), status);
    }

    private WebTestClient.ResponseSpec exchange(MultipartBodyBuilder body) {
        return client().post()
                .uri(PATH)
                .header("X-DLoRA-Request", "1")
                .bodyValue(body.build())
                .exchange();
    }

    @Test
    void acquiresFromASource() {
        var job =
                post(PATH, "{\"name\": \"sql\", \"source\": \"hf:org/name\"}", HttpStatus.CREATED);
        assertThat(job.get("state").asString()).isEqualTo("ready");
        assertThat(job.get("name").asString()).isEqualTo("sql");
        assertThat(job.get("source").asString()).isEqualTo("hf:org/name");
        assertThat(job.get("origin").asString()).isEqualTo("hf:org/name@" + FakeHub.COMMIT);
        assertThat(job.get("in_place").booleanValue()).isFalse();
        assertThat(job.get("bytes").longValue()).isEqualTo(9);
        assertThat(job.get("total_bytes").longValue()).isEqualTo(9);
        assertThat(job.get("error").isNull()).isTrue();
        assertThat(store.folder().resolve(job.get("hash").asString())).isDirectory();
        assertThat(get(JOBS + "/" + job.get("id").asString(), HttpStatus.OK)).isEqualTo(job);
        assertThat(get(JOBS, HttpStatus.OK).get("jobs").get(0)).isEqualTo(job);
        assertThat(target.loaded).hasSize(1);
    }

    @Test
    void acquiresFromAnUploadOfFilesOrAnArchive() {
        var job = send(adapter("sql"), HttpStatus.CREATED);
        assertThat(job.get("source").asString()).isEqualTo("upload");
        assertThat(job.get("bytes").longValue()).isEqualTo(300_002);
        var zipped = upload("zipped");
        file(
                zipped,
                "a.zip",
                Archives.zip(
                        Map.of(
                                "x/adapter_config.json",
                                "{}".getBytes(UTF_8),
                                "x/adapter_model.safetensors",
                                new byte[300_000])));
        assertThat(send(zipped, HttpStatus.CREATED).get("hash")).isEqualTo(job.get("hash"));
    }

    @Test
    void clientThatDoesNotWaitGetsTheJobWithItsProgress() throws Exception {
        target.hold();
        var answer =
                client().post()
                        .uri(PATH)
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(
                                "{\"name\": \"sql\", \"source\": \"hf:org/name\", \"wait\": false}")
                        .exchange();
        var location =
                answer.returnResult(String.class)
                        .getResponseHeaders()
                        .getFirst(HttpHeaders.LOCATION);
        json(answer, HttpStatus.ACCEPTED);
        assertThat(target.awaitLoading()).isTrue();
        assertThat(get(String.valueOf(location), HttpStatus.OK).get("state").asString())
                .isEqualTo("loading");
        json(
                client().delete()
                        .uri(String.valueOf(location))
                        .header("X-DLoRA-Request", "1")
                        .exchange(),
                HttpStatus.CONFLICT);
        var first = new CountDownLatch(1);
        var states =
                client().get()
                        .uri(location + "/events")
                        .accept(MediaType.TEXT_EVENT_STREAM)
                        .exchange()
                        .returnResult(JsonNode.class)
                        .getResponseBody()
                        .doOnNext(_ -> first.countDown())
                        .map(job -> job.get("state").asString())
                        .collectList()
                        .toFuture();
        assertThat(first.await(1, TimeUnit.MINUTES)).isTrue();
        target.open();
        assertThat(states.get(1, TimeUnit.MINUTES)).containsExactly("loading", "ready");
        var upload = adapter("other");
        upload.part("wait", "false");
        upload.part("in_place", "true");
        assertThat(send(upload, HttpStatus.ACCEPTED).get("in_place").booleanValue()).isTrue();
    }

    @Test
    void uploadWhoseClientLeavesWhileItBeginsEnds() throws Exception {
        var begins = new CountDownLatch(1);
        var hasLeft = new CompletableFuture<Void>().orTimeout(1, TimeUnit.MINUTES);
        asksClock =
                () -> {
                    asksClock = () -> {};
                    begins.countDown();
                    hasLeft.join();
                };
        serve(demo().acquisitions(jobs));
        var client =
                uploads.receive(new Caller("ann", Access.OPEN), Flux.never(), Set.of()).subscribe();
        assertThat(begins.await(1, TimeUnit.MINUTES)).isTrue();
        client.dispose();
        hasLeft.complete(null);
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() ->
                        assertThat(jobs.all())
                                .singleElement()
                                .satisfies(job ->
                                        assertThat(job.report().state())
                                                .isEqualTo(AcquisitionState.CANCELLED)));
        await().atMost(Duration.ofMinutes(1)).untilAsserted(() -> assertThat(staged()).isEmpty());
    }

    private List<Path> staged() throws IOException {
        try (var all = Files.walk(store.folder())) {
            return all.filter(path -> path.endsWith("files")).toList();
        }
    }

    @Test
    void versionsAreAddedToAdaptersThatAreServed() {
        target.taken.add("sql");
        var job =
                post(
                        PATH,
                        "{\"name\": \"sql\", \"source\": \"hf:org/name\", \"activate\": false}",
                        HttpStatus.CREATED);
        assertThat(job.get("activate").booleanValue()).isFalse();
        var upload = adapter("sql");
        upload.part("activate", "false");
        assertThat(send(upload, HttpStatus.CREATED).get("activate").booleanValue()).isFalse();
        assertThat(target.loaded)
                .satisfiesExactly(
                        one -> assertThat(one).contains("sql ", " version hf:org/name"),
                        one -> assertThat(one).contains("sql ", " version upload"));
        assertThat(
                        message(
                                post(
                                        PATH,
                                        "{\"name\": \"new\", \"source\": \"hf:org/name\", \"activate\": false}",
                                        HttpStatus.BAD_REQUEST)))
                .contains("'new' is not served");
    }

    @Test
    void cancelledJobIsToldToTheClientThatWaits() throws Exception {
        target.holdValidation();
        var waiting =
                client().post()
                        .uri(PATH)
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(
                                "{\"name\": \"sql\", \"source\": \"hf:org/name\", \"wait\": false}")
                        .exchange();
        var id = json(waiting, HttpStatus.ACCEPTED).get("id").asString();
        assertThat(target.awaitValidating()).isTrue();
        json(client().delete().uri(JOBS + "/" + id).exchange(), HttpStatus.UNSUPPORTED_MEDIA_TYPE);
        json(
                client().delete().uri(JOBS + "/" + id).header("X-DLoRA-Request", "1").exchange(),
                HttpStatus.OK);
        await().atMost(Duration.ofMinutes(1))
                .untilAsserted(() ->
                        assertThat(get(JOBS + "/" + id, HttpStatus.OK).get("state").asString())
                                .isEqualTo("cancelled"));
        assertThat(message(get(JOBS + "/none", HttpStatus.NOT_FOUND))).contains("no job 'none'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "team/sql",
                "<img src=x onerror=alert(1)>",
                "'; DROP TABLE adapter; --",
                "Имя 名前 🚀",
                "..",
            })
    void namesOfAllKindsComeBackAsTheyAre(String name) {
        assertThat(send(adapter(name), HttpStatus.CREATED).get("name").asString()).isEqualTo(name);
        assertThat(target.taken).containsExactly(name);
    }

    @Test
    void malformedCallsAreRefusedInWords() {
        refuses("{\"source\": \"hf:org/name\"}", HttpStatus.BAD_REQUEST, "'name' is required");
        refuses("{\"name\": \"x\"}", HttpStatus.BAD_REQUEST, "'source' is required");
        refuses("{\"name\": \" \", \"source\": \"a\"}", HttpStatus.BAD_REQUEST, "'name' is empty");
        refuses(
                "{\"name\": \"x\", \"source\": \"a\", \"foo\": 1}",
                HttpStatus.BAD_REQUEST,
                "'foo'");
        refuses(
                "{\"name\": \"a@b\", \"source\": \"a\"}",
                HttpStatus.BAD_REQUEST,
                "'@' separates a name");
        refuses("{\"name\": \"x\", \"source\": \"hf:..\"}", HttpStatus.BAD_REQUEST, "hf:org/name");
        refuses(
                "{\"name\": \"x\", \"source\": \"s3://bucket/c\"}",
                HttpStatus.FORBIDDEN,
                "s3-buckets");
        refuses("[]", HttpStatus.BAD_REQUEST, "must be a JSON object");
        refuses(upload("x"), HttpStatus.BAD_REQUEST, "There are no files");
        var unknown = adapter("x");
        unknown.part("foo", "bar");
        refuses(unknown, HttpStatus.BAD_REQUEST, "Unknown field 'foo'");
        var flag = adapter("x");
        flag.part("wait", "maybe");
        refuses(flag, HttpStatus.BAD_REQUEST, "must be true or false, but is 'maybe'");
        var pickle = upload("x");
        file(pickle, "adapter_model.bin", new byte[1]);
        refuses(pickle, HttpStatus.BAD_REQUEST, "is a Python pickle");
        var outside = upload("x");
        file(outside, "../adapter_config.json", new byte[1]);
        refuses(outside, HttpStatus.BAD_REQUEST, "leads out of the folder");
        var large = upload("x");
        file(large, "adapter_model.safetensors", new byte[2 << 20]);
        refuses(large, HttpStatus.CONTENT_TOO_LARGE, "dlora.adapters.uploads.max-size");
        var other = upload("x");
        other.part("file", new ByteArrayResource(new byte[1])).filename("a.zip");
        refuses(other, HttpStatus.BAD_REQUEST, "expected 'files'");
        assertThat(target.loaded).isEmpty();
    }

    @Test
    void failuresHaveTheStatusOfTheirKind() {
        target.failure = "The adapter never fits";
        refuses(adapter("x"), HttpStatus.SERVICE_UNAVAILABLE, "The adapter never fits.");
        hub.close();
        refuses(
                "{\"name\": \"x\", \"source\": \"hf:org/name\"}",
                HttpStatus.BAD_GATEWAY,
                "not in the cache");
        for (int i = 0; i < 64; i++) {
            var _ = jobs.upload(new Requester("somebody", ""));
        }
        refuses(adapter("x"), HttpStatus.TOO_MANY_REQUESTS, "are being acquired already");
    }

    @Test
    void actionsAreAudited() {
        var actions = new CopyOnWriteArrayList<ClusterEvent>();
        var watch = events.watch(actions::add);
        var job =
                post(PATH, "{\"name\": \"sql\", \"source\": \"hf:org/name\"}", HttpStatus.CREATED);
        send(adapter("other"), HttpStatus.CREATED);
        refuses("{\"name\": \"x\", \"source\": \"hf:..\"}", HttpStatus.BAD_REQUEST, "hf:org/name");
        watch.run();
        assertThat(actions)
                .map(ClusterEvent.AdminAction.class::cast)
                .map(ClusterEvent.AdminAction::action)
                .containsExactly("adapter.acquire", "adapter.upload");
        assertThat(actions)
                .first(InstanceOfAssertFactories.type(ClusterEvent.AdminAction.class))
                .satisfies(action -> {
                    assertThat(action.actor()).isEqualTo("127.0.0.1");
                    assertThat(action.action()).isEqualTo("adapter.acquire");
                    assertThat(action.subject()).isEqualTo("sql");
                    assertThat(action.after())
                            .isEqualTo(
                                    Map.of(
                                            "job",
                                            job.get("id").asString(),
                                            "source",
                                            "hf:org/name",
                                            "in_place",
                                            false,
                                            "activate",
                                            true));
                });
    }

    /** Otherwise all readers of jobs, audit or events would have the secret of the source. */
    @Test
    void secretsOfSourcesAreNotShown() {
        var told = new CopyOnWriteArrayList<ClusterEvent>();
        var watch = events.watch(told::add);
        var logged = new ListAppender<ILoggingEvent>();
        var log = (Logger) LoggerFactory.getLogger(AcquisitionCommands.class);
        logged.start();
        log.addAppender(logged);
        var source = "https://ann:secret@127.0.0.1:1/a.zip?sig=secret#secret";
        for (var one : List.of(source, source.replace("ann:secret@", ""))) {
            var answer =
                    client().post()
                            .uri(PATH)
                            .contentType(MediaType.APPLICATION_JSON)
                            .bodyValue("{\"name\": \"sql\", \"source\": \"%s\"}".formatted(one))
                            .exchange()
                            .expectStatus()
                            .is4xxClientError()
                            .expectBody(String.class)
                            .returnResult();
            assertThat(answer.getResponseBody()).contains("127.0.0.1").doesNotContain("secret");
        }
        json(
                client().post()
                        .uri(PATH)
                        .contentType(MediaType.APPLICATION_JSON)
                        .bodyValue(
                                "{\"name\": \"sql\", \"source\": \"https://localhost:1/a.zip?sig=secret\"}")
                        .exchange(),
                HttpStatus.BAD_GATEWAY);
        log.detachAppender(logged);
        assertThat(logged.list)
                .singleElement()
                .satisfies(line ->
                        assertThat(line.getFormattedMessage())
                                .contains("https://localhost:1/a.zip\"")
                                .doesNotContain("secret"));
        var list = get(JOBS, HttpStatus.OK).toString();
        assertThat(list).contains("https://localhost:1/a.zip").doesNotContain("secret");
        watch.run();
        assertThat(told)
                .hasSize(2)
                .allSatisfy(event ->
                        assertThat(event.toString())
                                .contains("https://localhost:1/a.zip")
                                .doesNotContain("secret"));
    }

    @Test
    void onlyJsonAndMultipartAreTaken() {
        var answer =
                client().post()
                        .uri(PATH)
                        .contentType(MediaType.TEXT_PLAIN)
                        .header("X-DLoRA-Request", "1")
                        .bodyValue("{}")
                        .exchange();
        assertThat(message(json(answer, HttpStatus.UNSUPPORTED_MEDIA_TYPE)))
                .contains("must be application/json or multipart/form-data, but is text/plain");
        var empty = client().post().uri(PATH).header("X-DLoRA-Request", "1").exchange();
        assertThat(message(json(empty, HttpStatus.UNSUPPORTED_MEDIA_TYPE))).contains("but is null");
        var broken =
                client().post()
                        .uri(PATH)
                        .header("Content-Type", "multipart/form-data")
                        .header("X-DLoRA-Request", "1")
                        .bodyValue("x".getBytes(UTF_8))
                        .exchange();
        json(broken, HttpStatus.BAD_REQUEST);
    }

    @Test
    void pagesOfStrangersCannotUpload() {
        assertGuarded(PATH);
        json(
                client().post().uri(PATH).bodyValue(adapter("x").build()).exchange(),
                HttpStatus.UNSUPPORTED_MEDIA_TYPE);
        assertThat(jobs.all()).isEmpty();
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void clientThatGoesAwayLeavesNothing(CapturedOutput output) throws Exception {
        try (var client = new RawClient(port)) {
            client.send(
                    "POST %s HTTP/1.1\r\nHost: localhost\r\nX-DLoRA-Request: 1\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"files\"; filename=\"adapter_config.json\"\r\n\r\nabc"
                            .formatted(PATH));
            await().atMost(Duration.ofMinutes(1)).until(() -> !jobs.all().isEmpty());
        }
        await().atMost(Duration.ofMinutes(1))
                .until(() -> jobs.all().getFirst().report().state().isEnded());
        jobs.close();
        try (var files = Files.list(store.folder())) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .containsExactly(".lock");
        }
        assertThat(output).doesNotContain("onErrorDropped");
    }

    @Test
    void closedServerRefuses() {
        serve(demo());
        assertThat(message(get(JOBS, HttpStatus.FORBIDDEN)))
                .contains("dlora.adapters.runtime-updates");
        refuses(adapter("x"), HttpStatus.FORBIDDEN, "dlora.adapters.runtime-updates");
    }

    private void refuses(String body, HttpStatus status, String words) {
        assertThat(message(post(PATH, body, status))).contains(words);
    }

    private void refuses(MultipartBodyBuilder body, HttpStatus status, String words) {
        assertThat(message(send(body, status))).contains(words);
    }
}
