package org.dlora.catalogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.Meter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.catalogue.served.BrokenAdapter;
import org.dlora.cluster.TinyCluster.Answer;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.device.MemoryLedger;
import org.dlora.engine.ReplicaRef;
import org.dlora.engine.SchedulingReport;
import org.dlora.engine.delivery.GenerationListener;
import org.dlora.replica.ActiveAdapters;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RuntimeAdaptersTest {

    @Test
    void everyByteComesBackAfterLoadsAndUnloadsUnderTraffic() throws Exception {
        try (var server = new TinyServer()) {
            var expected = expected(server, "r8-all", "dora");
            long bytes = server.device.bytes();
            var meters = meters(server);
            for (int i = 0; i < 30; i++) {
                var folder = i % 2 == 0 ? "r8-all" : "dora";
                server.load("a", folder, false);
                assertThat(server.memory.bytes())
                        .isPositive()
                        .isEqualTo(server.device.bytes() - bytes);
                assertThat(server.registry.get("dlora.adapter.bytes").gauge().value())
                        .isEqualTo((double) server.memory.bytes());
                var answers = new ArrayList<Answer>();
                for (int r = 0; r < 5; r++) {
                    answers.add(server.ask("r" + r, "a", 1, 20));
                }
                answers.getFirst().awaitStart();
                var freed = server.unregister("a");
                assertThat(server.catalogue.adapters()).isEmpty();
                assertThatExceptionOfType(NoSuchAdapterException.class)
                        .isThrownBy(() -> server.ask("late", "a", 1, 20));
                for (var answer : answers) {
                    assertThat(answer.await()).isEqualTo(expected.get(i % 2));
                }
                freed.join();
                assertThat(server.device.bytes()).isEqualTo(bytes);
                assertThat(server.memory.bytes()).isZero();
                assertThat(meters(server)).isEqualTo(meters);
            }
        }
    }

    @Test
    void foldersThatNoAdapterHasAreListed() throws Exception {
        try (var server = new TinyServer()) {
            assertThat(server.adapters.service().folders().unserved()).contains("r8-all", "dora");
            server.register("a", "r8-all", false);
            assertThat(server.adapters.service().folders().unserved())
                    .contains("dora")
                    .doesNotContain("r8-all");
            server.unregister("a").join();
            assertThat(server.adapters.service().folders().unserved()).contains("r8-all");
            assertThat(server.adapters.service().folders().roots()).hasSize(1);
        }
    }

    @Test
    void loadingInPlaceLeavesRunningRequestsTheOldVersion() throws Exception {
        try (var server = new TinyServer()) {
            var expected = expected(server, "r8-all", "dora");
            long bytes = server.device.bytes();
            var first = server.register("a", "r8-all", false);
            var old = new ArrayList<Answer>();
            for (int r = 0; r < 6; r++) {
                old.add(server.ask("old" + r, "a", 1, 20));
            }
            assertThatExceptionOfType(AdapterRefusedException.class)
                    .isThrownBy(() -> server.register("a", "dora", false))
                    .withMessageContaining("'a' is served already")
                    .withMessageContaining("in_place=true replaces it");
            var second = server.register("a", "dora", true);
            var young = server.ask("young", "a", 1, 20);
            assertThat(second.version()).isNotEqualTo(first.version());
            assertThat(server.catalogue.adapters()).containsExactly(second);
            for (var answer : old) {
                assertThat(answer.await()).isEqualTo(expected.getFirst());
            }
            assertThat(young.await()).isEqualTo(expected.getLast());
            server.unregister("a").join();
            await().until(() -> server.device.bytes() == bytes);
        }
    }

    /** A load of a large adapter takes long, and an unload must not wait for it. */
    @Test
    void otherChangesDoNotWaitForAValidation(@TempDir Path root) throws Exception {
        var slow = Files.createDirectory(root.resolve("slow"));
        try (var files = Files.list(TinyServer.ADAPTERS.resolve("r8-all"))) {
            for (var file : files.toList()) {
                Files.copy(file, slow.resolve(file.getFileName()));
            }
        }
        var template = slow.resolve("chat_template.jinja");
        assumeThat(new ProcessBuilder("mkfifo", template.toString()).start().waitFor()).isZero();
        try (var server = new TinyServer(List.of(TinyServer.ADAPTERS, root))) {
            server.register("a", "r8-all", false);
            var load = CompletableFuture.supplyAsync(() -> server.register("b", "slow", false));
            // Opens once the load reads.
            try (var pipe = Files.newOutputStream(template)) {
                server.unregister("a").join();
                server.register("c", "dora", false);
                assertThat(load).isNotDone();
                pipe.write("{% if %}".getBytes(UTF_8));
            }
            assertThatThrownBy(load::join).hasCauseInstanceOf(AdapterRefusedException.class);
            assertThat(server.catalogue.adapters())
                    .extracting(ServedAdapter::name)
                    .containsExactly("c");
        }
    }

    @Test
    void sameContentCanBeLoadedWhileItDrains() throws Exception {
        try (var server = new TinyServer()) {
            var expected = expected(server, "r8-all").getFirst();
            long bytes = server.device.bytes();
            server.register("a", "r8-all", false);
            var before = server.ask("before", "a", 1, 20);
            var firstFreed = server.unregister("a");
            server.register("a", "r8-all", false);
            var after = server.ask("after", "a", 1, 20);
            firstFreed.join();
            assertThat(before.await()).isEqualTo(expected);
            assertThat(after.await()).isEqualTo(expected);
            server.unregister("a").join();
            assertThat(server.device.bytes()).isEqualTo(bytes);
        }
    }

    @Test
    void failedUploadFailsWaitingRequestsAndLeavesNoTrace() throws Exception {
        try (var server = new TinyServer()) {
            var expected = expected(server, "r4-qv", "r8-all");
            server.load("a", "r4-qv", false);
            server.register("b", "r8-all", false);
            var names = server.catalogue.adapters();
            long bytes = server.device.bytes();
            for (int room = 0; room < 3; room++) {
                server.device.room(room);
                assertThat(server.ask("r", "b", 1, 20).await().getLast())
                        .isEqualTo(
                                new Failed(
                                        FailureCode.ADAPTER_NOT_LOADED,
                                        "Adapter 'b' could not be loaded: there is not enough memory. Try again shortly"));
                assertThat(server.device.bytes()).isEqualTo(bytes);
                assertThat(server.catalogue.adapters()).isEqualTo(names);
            }
            server.device.room(Integer.MAX_VALUE);
            assertThat(server.ask("r", "a", 1, 20).await()).isEqualTo(expected.getFirst());
            assertThat(server.ask("r", "b", 1, 20).await()).isEqualTo(expected.getLast());
        }
    }

    @Test
    void adapterThatOneReplicaRefusesIsOnNone() throws Exception {
        var broken = new BrokenReplica();
        try (var server = new TinyServer(List.of(TinyServer.ADAPTERS), broken)) {
            server.load("a", "r4-qv", false);
            server.register("b", "r8-all", false);
            long bytes = server.device.bytes();
            for (Throwable failure :
                    List.of(new IllegalStateException("broken"), new AssertionError("worse"))) {
                broken.failure = failure;
                assertThat(server.ask("r", "b", 1, 20).await().getLast())
                        .isEqualTo(
                                new Failed(
                                        FailureCode.ADAPTER_NOT_LOADED,
                                        "Adapter 'b' could not be loaded: see the server's log. Try again shortly"));
                assertThat(server.device.bytes()).isEqualTo(bytes);
            }
            assertThat(broken.evicted).containsExactly("b#2", "b#2");
            assertThat(server.ask("r", "a", 1, 20).await()).hasSize(21);
        }
    }

    @Test
    void nextVersionOfAPinnedAdapterIsPinnedToo() throws Exception {
        try (var server = new TinyServer()) {
            var first = server.load("a", "r8-all", false);
            server.memory.pin(first.id(), true);
            var second = server.register("a", "dora", true);
            assertThat(second.id()).isNotEqualTo(first.id());
            assertThat(server.memory.status(second.id()).orElseThrow().pinned()).isTrue();
            assertThat(server.ask("r", "a", 1, 20).await()).hasSize(21);
            server.memory.pin(second.id(), false);
            var third = server.register("a", "r8-all", true);
            assertThat(server.memory.status(third.id()).orElseThrow().pinned()).isFalse();
        }
    }

    @Test
    void adapterThatCanNeverFitIsRefusedWithTheSizes() throws Exception {
        long bytes = TinyServer.bytes("r8-all");
        var ledger = new MemoryLedger(bytes);
        try (var server = new TinyServer(ledger, List.of(TinyServer.ADAPTERS))) {
            var first = server.load("a", "r8-all", false);
            server.register("b", "r8-all", false);
            server.memory.pin(first.id(), true);
            for (var name : List.of("a", "c")) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> server.register(name, "r8-all", true))
                        .withMessageMatching(
                                "There is not enough memory for adapter '"
                                        + name
                                        + "': \\d+KB are needed, and at most 0KB can be made free for adapters\\. .*-Xmx.*dlora\\.kv-cache\\.size.*unpin.*");
            }
            assertThat(server.ask("none", "b", 1, 20).await().getLast())
                    .isInstanceOfSatisfying(
                            Failed.class,
                            failed -> {
                                assertThat(failed.code()).isEqualTo(FailureCode.ADAPTER_TOO_LARGE);
                                assertThat(failed.message())
                                        .startsWith("Adapter 'b' does not fit into the memory: ");
                            });
            assertThat(server.ask("still", "a", 1, 20).await()).hasSize(21);
            server.memory.pin(first.id(), false);
            assertThat(server.ask("now", "b", 1, 20).await()).hasSize(21);
            assertThat(ledger.taken()).isEqualTo(bytes);
            server.unregister("a").join();
            server.unregister("b").join();
            assertThat(ledger.taken()).isZero();
        }
    }

    @Test
    void namesAndFoldersAreCheckedBeforeTheUpload(@TempDir Path folder) throws Exception {
        var broken = Files.createDirectory(folder.resolve("broken"));
        Files.writeString(broken.resolve("adapter_config.json"), "{");
        try (var server = new TinyServer(List.of(TinyServer.ADAPTERS, folder))) {
            long bytes = server.device.bytes();
            refused(
                    server,
                    TinyServer.BASE,
                    "dora",
                    "The lora adapter 'tiny' conflicts with a served base model");
            refused(server, "a", "broken", "adapter_config.json");
            refused(server, "a", "../llama-gqa/dora", "no folder below the adapter roots");
            refused(server, "a\nb", "dora", "cannot be an adapter's name");
            assertThatExceptionOfType(NoSuchAdapterException.class)
                    .isThrownBy(() -> server.unregister("a"));
            assertThat(server.catalogue.adapters()).isEmpty();
            assertThat(server.device.bytes()).isEqualTo(bytes);
            var loaded = server.register("any name/of mine", "dora", false);
            assertThat(loaded.name()).isEqualTo("any name/of mine");
            assertThat(loaded.created()).isEqualTo(TinyServer.NOW);
            assertThat(loaded.folder()).isEqualTo(TinyServer.ADAPTERS.toRealPath().resolve("dora"));
        }
    }

    @Test
    void brokenAdapterIsListedUntilItsNameIsLoadedAgain() {
        try (var server = new TinyServer()) {
            var first = server.register("a", "dora", false);
            server.register("b", "dora", false);
            for (var problem : List.of("NaN", "seen too late")) {
                server.adapters.withdrawBroken(first.source(), new LoadException(problem));
            }
            assertThat(server.adapters.broken())
                    .containsExactly(new BrokenAdapter("a", first.folder(), "NaN", TinyServer.NOW));
            assertThat(server.catalogue.adapters())
                    .extracting(ServedAdapter::name)
                    .containsExactly("b");
            var second = server.register("a", "r4-qv", false);
            assertThat(server.adapters.broken()).isEmpty();
            server.adapters.withdrawBroken(first.source(), new LoadException("another version's"));
            assertThat(server.catalogue.find("a")).contains(second);
            for (var name : List.of("a", "b")) {
                var files = server.catalogue.find(name).orElseThrow().source();
                server.adapters.withdrawBroken(files, new LoadException("Inf"));
            }
            assertThat(server.adapters.broken())
                    .extracting(BrokenAdapter::name)
                    .containsExactly("a", "b");
            assertThat(server.catalogue.adapters()).isEmpty();
        }
    }

    @Test
    void shutdownWhileAnAdapterDrainsFreesAll() throws Exception {
        var server = new TinyServer();
        server.register("a", "r8-all", false);
        server.register("b", "dora", false);
        var answers = new ArrayList<Answer>();
        for (int r = 0; r < 400; r++) {
            answers.add(server.ask("r" + r, "a", 1, 50));
        }
        answers.getFirst().awaitStart();
        var freed = server.unregister("a");
        server.close();
        freed.join();
        assertThat(server.device.bytes()).isZero();
        for (var answer : answers) {
            assertThat(answer.await().stream().filter(GenerationEvent::isLast)).hasSize(1);
        }
        assertThat(answers.getLast().await().getLast()).isInstanceOf(Failed.class);
        assertThatIllegalStateException()
                .isThrownBy(() -> server.register("c", "dora", false))
                .withMessageContaining("shutting down");
    }

    /** Returns the expected answer of each folder's adapter. */
    static List<List<GenerationEvent>> expected(TinyServer server, String... folders)
            throws InterruptedException {
        var expected = new ArrayList<List<GenerationEvent>>();
        for (var folder : folders) {
            server.register("oracle", folder, false);
            expected.add(server.ask("oracle", "oracle", 1, 20).await());
            server.unregister("oracle").join();
        }
        assertThat(expected).doesNotHaveDuplicates();
        return expected;
    }

    private static void refused(TinyServer server, String name, String path, String why) {
        assertThatExceptionOfType(AdapterRefusedException.class)
                .isThrownBy(() -> server.register(name, path, true))
                .withMessageContaining(why);
    }

    private static Set<Meter.Id> meters(TinyServer server) {
        return Set.copyOf(server.registry.getMeters().stream().map(Meter::getId).toList());
    }

    /** A replica too busy for requests, which takes no adapters once {@code failure} is set. */
    private static final class BrokenReplica implements ReplicaRef {
        private final List<String> evicted = new ArrayList<>();
        private SchedulingSettings scheduling = SchedulingSettings.DEFAULT;
        private @Nullable Throwable failure;

        @Override
        public String id() {
            return "broken";
        }

        @Override
        public void submit(GenerationRequest request, GenerationListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<Void> load(String id, AdapterWeights weights) {
            return failure == null
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(failure);
        }

        @Override
        public void take(ReplicaCommand.Import sequence, GenerationListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void takeBack(ReplicaCommand.Resume sequence, GenerationListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void write(ReplicaCommand.WriteKv copies, GenerationListener listener) {}

        @Override
        public void tell(ReplicaCommand move) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void check(GenerationRequest request) {}

        @Override
        public CompletableFuture<Void> evict(String id) {
            evicted.add(id);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Void> unload(String id) {
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletableFuture<Void> schedule(SchedulingSettings settings) {
            scheduling = settings;
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public SchedulingReport scheduling(int lastSteps) {
            return new SchedulingReport(
                    "broken",
                    scheduling.policy().name(),
                    scheduling.slo(),
                    scheduling.weights(),
                    MergeView.UNMERGED,
                    0,
                    List.of());
        }

        @Override
        public boolean has(String request) {
            return false;
        }

        @Override
        public void cancel(String requestId) {}

        @Override
        public ReplicaLoad load() {
            return new ReplicaLoad("broken", 1000, 0, 1, 1);
        }

        @Override
        public ActiveAdapters activeAdapters() {
            return ActiveAdapters.NONE;
        }

        @Override
        public boolean isServing() {
            return true;
        }

        @Override
        public void close() {}
    }
}
