package org.dlora.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.dlora.cluster.TinyCluster;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.device.MemoryLedger;
import org.dlora.replica.Ends;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.residency.Residence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Adapters of real replicas come into a memory that has room for few of them, and leave it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ResidencyTest {
    @TempDir Path root;

    private static AdapterStatus status(TinyServer server, ServedAdapter adapter) {
        return server.memory.status(adapter.id()).orElseThrow();
    }

    private static Residence residence(TinyServer server, ServedAdapter adapter) {
        return status(server, adapter).residence();
    }

    @Test
    void idleAdapterMakesRoomForTheOneThatIsAskedFor() throws Exception {
        var ledger = new MemoryLedger(TinyServer.bytes("r8-all"));
        try (var server = new TinyServer(ledger, List.of(TinyServer.ADAPTERS))) {
            var expected = RuntimeAdaptersTest.expected(server, "r8-all", "r4-qv");
            var a = server.register("a", "r8-all", false);
            var b = server.register("b", "r4-qv", false);
            assertThat(server.memory.bytes()).isZero();
            for (int i = 0; i < 5; i++) {
                assertThat(server.ask("a" + i, "a", 1, 20).await()).isEqualTo(expected.getFirst());
                assertThat(server.ask("b" + i, "b", 1, 20).await()).isEqualTo(expected.getLast());
                assertThat(ledger.taken()).isLessThanOrEqualTo(ledger.limit());
            }
            assertThat(residence(server, a)).isEqualTo(Residence.ABSENT);
            assertThat(residence(server, b)).isEqualTo(Residence.RESIDENT);
            assertThat(status(server, a).loads()).isEqualTo(5);
            assertThat(status(server, a).evictions()).isEqualTo(5);
            assertThat(status(server, b).evictions()).isEqualTo(4);
            assertThat(server.registry.get("dlora.adapter.evictions").counter().count())
                    .isEqualTo(11);
        }
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void adapterInUseStaysUntilItsRequestsHaveEnded() throws Exception {
        var ledger = new MemoryLedger(TinyServer.bytes("r8-all"));
        try (var server = new TinyServer(ledger, List.of(TinyServer.ADAPTERS))) {
            var expected = RuntimeAdaptersTest.expected(server, "r8-all", "dora");
            server.register("a", "r8-all", false);
            server.register("b", "dora", false);
            var first = server.ask("first", "a", 1, 20);
            var second = server.ask("second", "b", 1, 20);
            var third = server.ask("third", "a", 1, 20);
            assertThat(first.await()).isEqualTo(expected.getFirst());
            assertThat(second.await()).isEqualTo(expected.getLast());
            assertThat(third.await()).isEqualTo(expected.getFirst());
        }
    }

    @Test
    void requestThatWaitsIsCancelledAtOnce() throws Exception {
        var ledger = new MemoryLedger(TinyServer.bytes("r8-all"));
        try (var server = new TinyServer(ledger, List.of(TinyServer.ADAPTERS))) {
            var a = server.load("a", "r8-all", false);
            server.register("b", "dora", false);
            server.memory.pin(a.id(), true);
            server.memory.pin(a.id(), false);
            var running = server.ask("running", "a", 1, 50);
            running.awaitStart();
            var waiting = server.ask("waiting", "b", 1, 20);
            assertThat(server.memory.waiting()).isOne();
            server.cluster.cancel("waiting");
            assertThat(waiting.await())
                    .containsExactly(Ends.finished(FinishReason.CANCELLED, "", null, 5, 0, 0));
            assertThat(server.memory.waiting()).isZero();
            assertThat(server.memory.has("waiting")).isFalse();
            assertThat(running.await()).hasSize(51);
        }
    }

    @Test
    void requestsThatWaitFailWhenTheServerStops() throws Exception {
        var ledger = new MemoryLedger(TinyServer.bytes("r8-all"));
        TinyCluster.Answer waiting;
        try (var server = new TinyServer(ledger, List.of(TinyServer.ADAPTERS))) {
            server.load("a", "r8-all", false);
            server.register("b", "dora", false);
            server.ask("running", "a", 1, 50).awaitStart();
            waiting = server.ask("waiting", "b", 1, 20);
        }
        assertThat(waiting.await())
                .containsExactly(
                        new Failed(FailureCode.SHUTTING_DOWN, "The server is shutting down"));
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void requestThatCanNeverBeServedIsRefusedWhileItsAdapterIsAway() {
        try (var server = new TinyServer()) {
            server.register("a", "r8-all", false);
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> server.ask("r", "a", 100_000, 20))
                    .withMessageContaining("token id 100000");
            assertThat(server.memory.waiting()).isZero();
        }
    }

    @Test
    void operatorLoadsAndEvicts() throws Exception {
        try (var server = new TinyServer()) {
            var a = server.register("a", "r8-all", false);
            server.memory.makeResident(a.id()).join();
            assertThat(residence(server, a)).isEqualTo(Residence.RESIDENT);
            server.memory.pin(a.id(), true);
            assertThatIllegalStateException()
                    .isThrownBy(() -> server.memory.evict(a.id()))
                    .withMessage("Adapter 'a' is pinned; unpin it first");
            server.memory.pin(a.id(), false);
            var running = server.ask("r", "a", 1, 50);
            running.awaitStart();
            var gone = server.memory.evict(a.id());
            assertThat(running.await()).hasSize(51);
            gone.join();
            assertThat(residence(server, a)).isEqualTo(Residence.ABSENT);
            assertThat(server.memory.bytes()).isZero();
            server.memory.pin(a.id(), true);
            await().until(() -> residence(server, a) == Residence.RESIDENT);
            assertThat(status(server, a).loads()).isEqualTo(2);
        }
    }

    @Test
    void operatorIsToldOfALoadWithoutTheMemorysLock() {
        try (var server = new TinyServer()) {
            for (var name : List.of("a", "b", "c", "d")) {
                var adapter = server.register(name, "r8-all", false);
                var held =
                        server.memory
                                .makeResident(adapter.id())
                                .thenApply(_ -> Thread.holdsLock(server.memory));
                assertThat(held.join()).isFalse();
            }
        }
    }

    @Test
    void clientThatThrowsHarmsNoOtherWaitingClient() throws Exception {
        var ledger = new MemoryLedger(TinyServer.bytes("r8-all"));
        try (var server = new TinyServer(ledger, List.of(TinyServer.ADAPTERS))) {
            var a = server.load("a", "r8-all", false);
            server.register("b", "dora", false);
            server.memory.pin(a.id(), true);
            server.cluster.submit(
                    TinyServer.request("broken", "b", 1, 20),
                    _ -> {
                        throw new IllegalStateException("a test");
                    });
            assertThat(server.ask("next", "b", 1, 20).await().getLast()).isInstanceOf(Failed.class);
            server.memory.pin(a.id(), false);
            assertThat(server.ask("last", "b", 1, 20).await()).hasSize(21);
        }
    }

    @Test
    void requestsOfOneAdapterGoOnInOrderAfterTheLoad() throws Exception {
        try (var server = new TinyServer()) {
            var expected = RuntimeAdaptersTest.expected(server, "dora").getFirst();
            server.register("a", "dora", false);
            var answers = new ArrayList<TinyCluster.Answer>();
            for (int i = 0; i < 20; i++) {
                answers.add(server.ask("r" + i, "a", 1, 20));
            }
            for (var answer : answers) {
                assertThat(answer.await()).isEqualTo(expected);
            }
        }
    }

    @Test
    void changedFilesAreNeverServedUnderTheOldName() throws Exception {
        copy("r8-all", "mine");
        try (var server = new TinyServer(List.of(root))) {
            var expected = expected("dora", "r8-all");
            var old = server.load("mine", "mine", false);
            assertThat(server.ask("r", "mine", 1, 20).await()).isEqualTo(expected.getLast());
            server.memory.evict(old.id()).join();
            copy("dora", "mine");
            assertThat(server.ask("r", "mine", 1, 20).await().getLast())
                    .isInstanceOfSatisfying(
                            Failed.class,
                            failed -> {
                                assertThat(failed.code())
                                        .isEqualTo(FailureCode.ADAPTER_UNAVAILABLE);
                                assertThat(failed.message())
                                        .startsWith(
                                                "Adapter 'mine' cannot be served: The files in ")
                                        .contains("have changed since adapter mine was registered");
                            });
            await().until(() -> server.catalogue.find("mine").isEmpty());
            assertThat(server.adapters.broken())
                    .singleElement()
                    .satisfies(broken -> assertThat(broken.name()).isEqualTo("mine"));
            server.register("mine", "mine", true);
            assertThat(server.ask("r", "mine", 1, 20).await()).isEqualTo(expected.getFirst());
        }
    }

    @Test
    void filesThatWereOnlyTouchedAreServedAfterAnotherLook() throws Exception {
        copy("r8-all", "mine");
        try (var server = new TinyServer(List.of(root))) {
            var old = server.load("mine", "mine", false);
            var before = server.ask("r", "mine", 1, 20).await();
            server.memory.evict(old.id()).join();
            Files.setLastModifiedTime(
                    root.resolve("mine/adapter_model.safetensors"), FileTime.fromMillis(1));
            assertThat(server.ask("r", "mine", 1, 20).await()).isEqualTo(before);
        }
    }

    @Test
    void missingFolderFailsTheRequestsThatWait() throws Exception {
        copy("r8-all", "mine");
        try (var server = new TinyServer(List.of(root))) {
            server.register("mine", "mine", false);
            for (var file : List.of("adapter_model.safetensors", "adapter_config.json")) {
                Files.delete(root.resolve("mine").resolve(file));
            }
            assertThat(server.ask("r", "mine", 1, 20).await().getLast())
                    .isInstanceOfSatisfying(
                            Failed.class,
                            failed -> assertThat(failed.message()).contains("adapter_config.json"));
            assertThatExceptionOfType(CompletionException.class)
                    .isThrownBy(() -> {
                        var other = server.register("other", copied("dora", "other"), false);
                        Files.delete(root.resolve("other/adapter_config.json"));
                        server.memory.makeResident(other.id()).join();
                    })
                    .withMessageContaining("Adapter 'other' could not be read");
        }
    }

    @Test
    void equalContentInPlaceKeepsTheCachedPrefixes() throws Exception {
        copy("r8-all", "mine");
        copy("r8-all", "moved");
        try (var server = new TinyServer(List.of(root))) {
            server.load("mine", "mine", false);
            assertThat(cachedTokens(server, "before")).isZero();
            var reloaded = server.register("mine", "moved", true);
            assertThat(server.catalogue.adapters()).containsExactly(reloaded);
            assertThat(reloaded.folder().getFileName()).hasToString("moved");
            assertThat(cachedTokens(server, "after")).isEqualTo(32);
            server.memory.evict(reloaded.id()).join();
            for (var file : List.of("adapter_model.safetensors", "adapter_config.json")) {
                Files.delete(root.resolve("mine").resolve(file));
            }
            assertThat(cachedTokens(server, "from the other folder")).isEqualTo(32);
            copy("dora", "mine");
            server.load("mine", "mine", true);
            assertThat(cachedTokens(server, "other content")).isZero();
        }
    }

    /** Asks with a prompt of two whole KV blocks and a token. */
    private static int cachedTokens(TinyServer server, String id) throws InterruptedException {
        var answer = new TinyCluster.Answer();
        var request =
                new GenerationRequest(
                        id,
                        AdapterRef.of("mine"),
                        new int[33],
                        SamplingParams.GREEDY,
                        StopConditions.after(1),
                        -1,
                        -1,
                        true);
        server.cluster.submit(request, answer);
        return ((Finished) answer.await().getLast()).usage().cachedTokens();
    }

    @Test
    void adapterIsServedAgainOnceItsFolderIsBack() throws Exception {
        var expected = expected("r8-all").getFirst();
        copy("r8-all", "mine");
        try (var server = new TinyServer(List.of(root))) {
            server.register("mine", "mine", false);
            Files.move(root.resolve("mine"), root.resolve("away"));
            for (int i = 0; i < 2; i++) {
                assertThat(server.ask("r" + i, "mine", 1, 20).await().getLast())
                        .isInstanceOfSatisfying(
                                Failed.class,
                                failed ->
                                        assertThat(failed.message())
                                                .contains("Adapter 'mine' could not be read: ")
                                                .contains("adapter_config.json: missing from"));
            }
            assertThat(server.catalogue.find("mine")).isPresent();
            assertThat(server.adapters.broken()).isEmpty();
            Files.move(root.resolve("away"), root.resolve("mine"));
            assertThat(server.ask("r", "mine", 1, 20).await()).isEqualTo(expected);
        }
    }

    private static List<List<GenerationEvent>> expected(String... folders)
            throws InterruptedException {
        try (var server = new TinyServer()) {
            return RuntimeAdaptersTest.expected(server, folders);
        }
    }

    private String copied(String adapter, String name) throws IOException {
        copy(adapter, name);
        return name;
    }

    private void copy(String adapter, String name) throws IOException {
        var target = Files.createDirectories(root.resolve(name));
        for (var file : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(
                    TinyServer.ADAPTERS.resolve(adapter).resolve(file),
                    target.resolve(file),
                    StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
