package org.dlora.catalogue.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.catalogue.source.fetch.HttpFetch;
import org.dlora.catalogue.source.fetch.InternalAddresses;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.catalogue.source.fetch.SourceException.Kind;
import org.dlora.catalogue.source.fetch.Transfer;
import org.dlora.catalogue.source.hub.FakeHub;
import org.dlora.catalogue.source.hub.Hub;
import org.dlora.catalogue.source.hub.HubSettings;
import org.dlora.catalogue.source.unpack.Archives;
import org.dlora.catalogue.source.unpack.UnpackLimits;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AcquisitionJobsTest {
    private static final Requester SOMEBODY = new Requester("somebody", "");
    private static final String HUB = "hf:org/name";

    private final FakeHub server = new FakeHub();
    private final FakeTarget target = new FakeTarget();
    @TempDir Path home;

    /** To look into what the jobs write. */
    private ContentStore store;

    private final List<Acquisition> ended = new CopyOnWriteArrayList<>();

    /** Whether each job had ended when the observer got its last report. */
    private final List<Boolean> wereDone = new CopyOnWriteArrayList<>();

    private AcquisitionJobs jobs;

    @BeforeEach
    void open() {
        server.file("adapter_config.json", "{}").file("adapter_model.safetensors", "weights");
        store = new ContentStore(home.resolve("adapters"));
        jobs = jobs(new SourceSettings(true, List.of(), List.of(), limits()));
    }

    private static UnpackLimits limits() {
        return new UnpackLimits(1 << 20, 100, 100);
    }

    private AcquisitionJobs jobs(SourceSettings settings) {
        var http = new HttpFetch(HttpClient::newHttpClient, Duration.ofMinutes(1), _ -> {});
        var hub =
                new Hub(
                        new HubSettings(
                                server.url(), Optional.empty(), home.resolve("cache"), false),
                        http,
                        InternalAddresses.ofSystem());
        return new AcquisitionJobs(
                new ContentStore(home.resolve("adapters")),
                new AdapterSources(
                        settings,
                        http,
                        List.of(
                                new HubSource(hub, settings),
                                new HttpsSource(http, settings),
                                new S3Source(S3Objects::ofEnvironment, settings))),
                target,
                InstantSource.system(),
                this::observe);
    }

    private void observe(Acquisition last) {
        jobs.find(last.id()).ifPresent(job -> wereDone.add(job.done().isDone()));
        ended.add(last);
    }

    @AfterEach
    void close() throws IOException {
        target.gate.countDown();
        target.validation.countDown();
        jobs.close();
        server.close();
    }

    private AcquisitionJob begin(String name, String source, boolean inPlace, Requester by) {
        return jobs.begin(new AcquisitionRequest(name, source, inPlace, true), by);
    }

    @Test
    void acquiresFromTheHubIntoTheStore() throws Exception {
        var job = begin("mine", HUB, false, SOMEBODY);
        var report = end(job);
        assertThat(report.state()).isEqualTo(AcquisitionState.READY);
        assertThat(report.origin()).isEqualTo(HUB + "@" + FakeHub.COMMIT);
        var hash = requireNonNull(report.hash());
        assertThat(target.loaded)
                .containsExactly(
                        "mine %s false %s@%s"
                                .formatted(store.folder().resolve(hash), HUB, FakeHub.COMMIT));
        assertThat(names(store.folder().resolve(hash)))
                .containsExactly("adapter_config.json", "adapter_model.safetensors");
        assertThat(target.validated).as("content is read once").hasSize(1);
        assertThat(report.bytes()).isEqualTo(9);
        assertThat(jobs.find(job.id())).contains(job);
        end(begin("again", HUB, false, SOMEBODY));
        assertThat(store.hashes()).containsExactly(hash);
        assertNothingLeft();
    }

    @Test
    void theObserverGetsTheLastReportOfEachJob() throws Exception {
        end(begin("mine", HUB, false, SOMEBODY));
        end(begin("other", "team/sql", true, SOMEBODY));
        target.failure = "The adapter never fits";
        fails(begin("third", HUB, false, SOMEBODY), SourceException.class, "never fits");
        try (var upload = jobs.upload(SOMEBODY)) {
            upload.name("sent");
            upload.job().cancel();
        }
        assertThat(ended)
                .extracting(report -> report.kind() + " " + report.state().label())
                .containsExactly("hf ready", "path ready", "hf failed", "upload cancelled");
        assertThat(wereDone).containsExactly(false, false, false, false);
        assertThat(ended.getFirst().bytes()).isEqualTo(9);
        assertThat(ended.getFirst().ended()).isNotNull();
    }

    @Test
    void versionsReplaceNothing() throws Exception {
        target.taken.add("mine");
        var request = new AcquisitionRequest("mine", HUB, true, false);
        assertThat(end(jobs.begin(request, SOMEBODY)).inPlace()).isFalse();
        try (var upload = jobs.upload(SOMEBODY)) {
            upload.inPlace(true);
            upload.addVersion();
            upload.name("mine");
            file(upload, "adapter_config.json", "{}");
            file(upload, "adapter_model.safetensors", "weights");
            var report = end(upload.finish());
            assertThat(report.inPlace()).isFalse();
            assertThat(report.activate()).isFalse();
        }
        assertThat(target.loaded).allMatch(loaded -> loaded.contains(" version "));
    }

    @Test
    void loadsAPathWithoutACopy() throws Exception {
        end(begin("mine", "team/sql", true, SOMEBODY));
        assertThat(target.loaded).containsExactly("mine team/sql true team/sql");
        assertThat(home.resolve("adapters")).doesNotExist();
    }

    @Test
    void receivesTheFilesOfAFolder() throws Exception {
        try (var upload = jobs.upload(SOMEBODY)) {
            upload.name("mine");
            file(upload, "adapter_config.json", "{}");
            file(upload, "README.md", "no");
            file(upload, "adapter_model.safetensors", "wei", "ghts");
            assertThat(upload.job().report().state()).isEqualTo(AcquisitionState.RECEIVING);
            assertThat(upload.job().report().name()).isEqualTo("mine");
            var report = end(upload.finish());
            assertThat(report.origin()).isEqualTo("upload");
            assertThat(report.bytes()).isEqualTo(11);
            assertThat(names(store.folder().resolve(requireNonNull(report.hash())))).hasSize(2);
        }
        assertNothingLeft();
    }

    @Test
    void anArchiveOfAFolderIsTheSameAdapterAsItsFiles() throws Exception {
        var files =
                Map.of(
                        "a/adapter_config.json", "{}".getBytes(UTF_8),
                        "a/adapter_model.safetensors", "weights".getBytes(UTF_8));
        var hash = end(begin("hub", HUB, false, SOMEBODY)).hash();
        assertThat(end(archive("z", "a.zip", Archives.zip(files))).hash()).isEqualTo(hash);
        assertThat(end(archive("t", "a.tar.gz", Archives.tarGz(files))).hash()).isEqualTo(hash);
        assertNothingLeft();
    }

    private AcquisitionJob archive(String name, String fileName, byte[] content) {
        try (var upload = jobs.upload(SOMEBODY)) {
            upload.name(name);
            upload.begin(fileName);
            upload.write(ByteBuffer.wrap(content));
            return upload.finish();
        }
    }

    @Test
    void unservableAdaptersLeaveNothing() throws Exception {
        server.file("adapter_model.safetensors", "bad");
        fails(begin("mine", HUB, false, SOMEBODY), AdapterRefusedException.class, "holds NaN");
        assertNothingLeft();
        assertThat(store.hashes()).isEmpty();
        server.file("adapter_model.safetensors", "good");
    }

    @Test
    void possiblyRecordedContentStaysInTheStore() throws Exception {
        target.failure = "The database did not answer";
        target.isRecordLost = true;
        var job = begin("mine", HUB, false, SOMEBODY);
        fails(job, SourceException.class, "did not answer");
        assertThat(job.report().state()).isEqualTo(AcquisitionState.FAILED);
        assertThat(store.hashes()).hasSize(1);
        assertNothingLeft();
    }

    @Test
    void unloadableContentIsRemovedFromTheStore() throws Exception {
        target.failure = "The adapter never fits";
        var job = begin("mine", HUB, false, SOMEBODY);
        fails(job, SourceException.class, "The adapter never fits");
        assertThat(job.report().error()).isEqualTo("The adapter never fits");
        assertThat(store.hashes()).isEmpty();
        target.failure = "";
        var hash = requireNonNull(end(begin("mine", HUB, false, SOMEBODY)).hash());
        target.failure = "The adapter never fits";
        fails(begin("other", HUB, false, SOMEBODY), SourceException.class, "never fits");
        assertThat(store.hashes()).containsExactly(hash);
        assertNothingLeft();
    }

    @Test
    void repositoryWithPicklesAloneIsRefused() {
        try (var other = new FakeHub()) {
            other.file("adapter_config.json", "{}").file("adapter_model.bin", "pickle");
            var settings = new SourceSettings(true, List.of(), List.of(), limits());
            var http = new HttpFetch(HttpClient::newHttpClient, Duration.ofMinutes(1), _ -> {});
            try (http) {
                var hub =
                        new Hub(
                                new HubSettings(
                                        other.url(), Optional.empty(), home.resolve("c"), false),
                                http,
                                InternalAddresses.ofSystem());
                assertThatExceptionOfType(SourceException.class)
                        .isThrownBy(
                                () -> new HubSource(hub, settings).fetch(HUB, home, new Transfer()))
                        .withMessageContaining("weights in .bin files are pickles");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "team/sql",
                "<script>alert(1)</script>",
                "'; DROP TABLE adapter; --",
                "Имя 名前 🚀",
                "..",
                "a%2fb"
            })
    void namesOfAllKindsAreHandled(String name) throws Exception {
        end(begin(name, HUB, false, SOMEBODY));
        assertThat(target.taken).contains(name);
        assertThat(names(store.folder()))
                .allMatch(one -> one.startsWith(".") || FolderHash.isOne(one));
    }

    @Test
    void namesThatCannotBeUsedAreRefusedBeforeAnythingIsFetched() {
        target.taken.add("taken");
        refusesName("sql@3", "'@' separates a name");
        refusesName("half \ud83d", "half of a surrogate pair");
        refusesName("taken", "is taken");
        assertThat(server.calls).isEmpty();
        assertThat(jobs.all()).isEmpty();
    }

    private void refusesName(String name, String words) {
        assertThatExceptionOfType(AdapterRefusedException.class)
                .isThrownBy(() -> begin(name, HUB, false, SOMEBODY))
                .withMessageContaining(words);
    }

    @Test
    void sourcesThatAreNotAllowedAreNotAsked() throws IOException {
        refuses("https://example.com/a.zip", Kind.FORBIDDEN, "dlora.adapters.sources.https-hosts");
        refuses("s3://bucket/a.zip", Kind.FORBIDDEN, "dlora.adapters.sources.s3-buckets");
        refuses("http://example.com/a.zip", Kind.REFUSED, "is of no known source");
        refuses("file:///etc", Kind.REFUSED, "is of no known source");
        refuses("hf:../x", Kind.REFUSED, "names no repository");
        jobs.close();
        jobs = jobs(new SourceSettings(false, List.of(), List.of(), limits()));
        refuses(HUB, Kind.FORBIDDEN, "dlora.adapters.sources.hub");
        assertThat(server.calls).isEmpty();
    }

    private void refuses(String source, Kind kind, String words) {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> begin("x", source, false, SOMEBODY))
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void cancelledDownloadLeavesNothing() throws Exception {
        target.validation = new CountDownLatch(1);
        var job = begin("mine", HUB, false, SOMEBODY);
        assertThat(target.validating.await(1, TimeUnit.MINUTES)).isTrue();
        job.cancel();
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> end(job))
                .withCauseInstanceOf(CancellationException.class);
        assertThat(job.report().state()).isEqualTo(AcquisitionState.CANCELLED);
        job.cancel();
        target.validation.countDown();
        assertThat(end(begin("other", HUB, false, SOMEBODY)).state())
                .isEqualTo(AcquisitionState.READY);
        assertNothingLeft();
    }

    @Test
    void cancelledUploadTakesNoMoreBytes() throws Exception {
        try (var upload = jobs.upload(SOMEBODY)) {
            upload.name("mine");
            upload.begin("adapter_config.json");
            upload.job().cancel();
            assertThat(upload.job().report().state()).isEqualTo(AcquisitionState.CANCELLED);
            assertThatThrownBy(() -> upload.write(ByteBuffer.wrap(new byte[1])))
                    .isInstanceOf(CancellationException.class);
        }
        assertNothingLeft();
    }

    @Test
    void adapterThatIsBeingLoadedIsNotCancelled() throws Exception {
        target.gate = new CountDownLatch(1);
        var job = begin("mine", HUB, false, SOMEBODY);
        assertThat(target.loading.await(1, TimeUnit.MINUTES)).isTrue();
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(job::cancel)
                .withMessageContaining("is loading and cannot be cancelled")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CONFLICT));
        target.gate.countDown();
        assertThat(end(job).state()).isEqualTo(AcquisitionState.READY);
        assertThatExceptionOfType(SourceException.class).isThrownBy(job::cancel);
    }

    @Test
    void tooManyUnfinishedJobsAreRefused() throws Exception {
        target.holdValidation();
        var begun = new ArrayList<AcquisitionJob>();
        for (int i = 0; i < 64; i++) {
            begun.add(begin("mine" + i, HUB, false, SOMEBODY));
        }
        assertBusy(
                () -> begin("mine", HUB, false, SOMEBODY),
                "64 adapters are being acquired already");
        // Uploads have places of their own.
        jobs.upload(SOMEBODY).close();
        target.open();
        for (var job : begun) {
            end(job);
        }
        end(begin("mine", HUB, false, SOMEBODY));
    }

    /** Slow clients end no acquisitions but their own. */
    @Test
    void uploadsThatAreNotWholeTakeNoPlaceOfOthers() throws Exception {
        var uploads = new ArrayList<Upload>();
        for (int i = 0; i < 64; i++) {
            uploads.add(jobs.upload(SOMEBODY));
        }
        assertBusy(() -> jobs.upload(SOMEBODY), "64 adapters are being acquired already");
        assertThat(end(begin("mine", HUB, false, SOMEBODY)).state())
                .isEqualTo(AcquisitionState.READY);
        uploads.forEach(Upload::close);
        assertThat(jobs.all())
                .allMatch(job -> job.report().state().isEnded())
                .hasSizeGreaterThan(64);
        jobs.upload(SOMEBODY).close();
    }

    /** A whole upload leaves the bound of uploads only when one of the two workers takes it. */
    @Test
    void wholeUploadsThatWaitForAWorkerAreBounded() throws Exception {
        target.holdValidation();
        var begun = new ArrayList<AcquisitionJob>();
        assertBusy(
                () -> {
                    while (begun.size() < 128) {
                        begun.add(whole("mine" + begun.size()));
                    }
                },
                "64 adapters are being acquired already");
        assertThat(begun).hasSizeBetween(64, 66);
        target.open();
        for (var job : begun) {
            end(job);
        }
        end(whole("mine"));
    }

    private AcquisitionJob whole(String name) {
        try (var upload = jobs.upload(SOMEBODY)) {
            upload.name(name);
            file(upload, "adapter_config.json", "{}");
            file(upload, "adapter_model.safetensors", "weights");
            return upload.finish();
        }
    }

    @Test
    void unfinishedJobsOfAnOwnerAreBounded() throws Exception {
        target.holdValidation();
        var red = new Requester("dlora_1 (team red)", "red");
        var uploads = new ArrayList<Upload>();
        for (int i = 0; i < 5; i++) {
            uploads.add(jobs.upload(red));
        }
        var fetched = new ArrayList<AcquisitionJob>();
        for (int i = 0; i < 3; i++) {
            fetched.add(begin("red" + i, HUB, false, red));
        }
        var other = new Requester("dlora_2 (team red)", "red");
        assertBusy(() -> jobs.upload(other), "red has 8 unfinished acquisitions already");
        assertBusy(() -> begin("red", HUB, false, other), "red has 8 unfinished");
        var blue = new Requester("dlora_3", "dlora_3");
        jobs.upload(blue).close();
        var theirs = begin("blue", HUB, false, blue);
        target.open();
        for (var job : fetched) {
            end(job);
        }
        end(theirs);
        end(begin("red", HUB, false, red));
        uploads.forEach(Upload::close);
    }

    private static void assertBusy(ThrowingCallable begin, String words) {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(begin)
                .withMessageContaining(words)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.BUSY));
    }

    @Test
    void uploadsThatAreNoAdapterAreRefusedInWords() throws Exception {
        refusesUpload(upload -> {}, "The field name is missing");
        refusesUpload(upload -> upload.name("x"), "There are no files");
        refusesUpload(
                upload -> {
                    upload.name("x");
                    upload.name("y");
                },
                "is there twice");
        refusesUpload(
                upload -> upload.write(ByteBuffer.wrap(new byte[1])), "before the first file");
        refusesUpload(upload -> file(upload, "adapter_model.bin", "x"), "is a Python pickle");
        refusesUpload(upload -> file(upload, "../adapter_config.json", "x"), "leads out");
        refusesUpload(
                upload -> {
                    file(upload, "a.zip", "x");
                    file(upload, "adapter_config.json", "x");
                },
                "either one archive or the files");
        refusesUpload(
                upload -> {
                    upload.begin("a.zip");
                    for (int i = 0; i < 17; i++) {
                        upload.write(ByteBuffer.wrap(new byte[1 << 16]));
                    }
                },
                "The upload has more than 1048576 bytes");
        assertNothingLeft();
        assertThat(jobs.all()).allMatch(job -> job.report().state() == AcquisitionState.FAILED);
    }

    private interface Step {
        void run(Upload upload);
    }

    private void refusesUpload(Step step, String words) {
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> {
                    try (var upload = jobs.upload(SOMEBODY)) {
                        step.run(upload);
                        var _ = upload.finish();
                    }
                })
                .withMessageContaining(words);
    }

    private static void file(Upload upload, String name, String... parts) {
        upload.begin(name);
        for (var part : parts) {
            upload.write(ByteBuffer.wrap(part.getBytes(UTF_8)));
        }
    }

    @Test
    void homeThatCannotBeWrittenIsAnError() throws IOException {
        Files.writeString(home.resolve("adapters"), "a file");
        assertThatExceptionOfType(SourceException.class)
                .isThrownBy(() -> jobs.upload(SOMEBODY))
                .withMessageContaining("(setting dlora.home)")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.STORAGE));
        fails(begin("mine", HUB, false, SOMEBODY), SourceException.class, "(setting dlora.home)");
    }

    private static Acquisition end(AcquisitionJob job) throws Exception {
        return job.done().get(1, TimeUnit.MINUTES);
    }

    @Test
    void versionsThatFailTheirGateAreKept() throws Exception {
        target.refusal = "Version 2 of adapter 'mine' did not pass its gate";
        fails(begin("mine", HUB, false, SOMEBODY), SourceException.class, "did not pass its gate");
        assertThat(store.hashes()).hasSize(1);
        assertNothingLeft();
    }

    private static void fails(
            AcquisitionJob job, Class<? extends Throwable> expected, String words) {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> end(job))
                .havingCause()
                .isInstanceOf(expected)
                .withMessageContaining(words);
        assertThat(job.report().state()).isEqualTo(AcquisitionState.FAILED);
    }

    /** No files of jobs are left; a worker removes them right after the job's end. */
    private void assertNothingLeft() throws IOException {
        jobs.close();
        var folder = home.resolve("adapters");
        if (Files.exists(folder)) {
            assertThat(names(folder))
                    .allMatch(name -> name.equals(".lock") || FolderHash.isOne(name));
        }
        jobs = jobs(new SourceSettings(true, List.of(), List.of(), limits()));
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
        }
    }
}
