package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.device.MemoryLedger;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An adapter that another memory holds is copied from there while that is fastest. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CopiedAdapterTest {
    private static final long BYTES = ScriptedMemory.bytes(ScriptedMemory.SMALL);

    @Test
    void residentAdapterIsCopiedAndCounted() {
        try (var first = server();
                var second = server()) {
            share(first, second);
            first.makeResident("a");
            second.makeResident("a");

            assertThat(first.status("a").loadsByOrigin()).containsOnlyKeys(LoadOrigin.FILE);
            assertThat(second.status("a").loadsByOrigin())
                    .isEqualTo(Map.of(LoadOrigin.MEMORY, new LoadTotals(1, BYTES, 0)));
            assertThat(second.ledger.taken()).isEqualTo(BYTES);
            assertThat(bytes(second, "memory")).isEqualTo((double) BYTES);
            assertThat(bytes(second, "file")).isZero();
        }
    }

    @Test
    void adapterComesFromItsFilesWhereNoMemoryHoldsIt() {
        try (var first = server();
                var second = server()) {
            share(first, second);
            second.makeResident("a");
            assertThat(second.status("a").loadsByOrigin()).containsOnlyKeys(LoadOrigin.FILE);
        }
    }

    @Test
    void copiesEndWhereTheyAreMeasuredToBeSlower() {
        try (var first = server();
                var second = server()) {
            share(first, second);
            first.makeResident("a");
            second.pace(bytes -> second.pass(bytes > 0 ? 10 : 0));
            second.makeResident("a");
            second.pace(_ -> {});
            second.memory.evict("a").join();
            second.makeResident("a");
            assertThat(second.status("a").loadsByOrigin())
                    .containsOnlyKeys(LoadOrigin.MEMORY, LoadOrigin.FILE);
        }
    }

    /** A request that moves needs the version that it began with. */
    @Test
    void replacedAdapterIsCopiedAlthoughItsFilesLookFaster() {
        try (var first = server();
                var second = server()) {
            var adapter = first.register("a", ScriptedMemory.SMALL);
            second.memory.register("a", adapter);
            second.loads.tell((ResidentCopies) first.memory::weights);
            first.makeResident("a");
            second.pace(bytes -> second.pass(bytes > 0 ? 10 : 0));
            second.makeResident("a");
            second.pace(_ -> {});
            second.memory.retire("a").join();
            adapter.gate(() -> {
                throw new LoadException("The files have changed");
            });

            second.policy(ScriptedMemory.loading("a"));
            var moved = new MovedRequest(ScriptedMemory.request("r", "a", 1));
            second.memory.readmit(moved, adapter);
            var use = moved.granted.join();

            assertThat(second.status("a").loadsByOrigin()).containsOnlyKeys(LoadOrigin.MEMORY);
            use.close();
        }
    }

    /** A request that comes from another memory. */
    private record MovedRequest(GenerationRequest request, CompletableFuture<AdapterUse> granted)
            implements AdapterClient {
        MovedRequest(GenerationRequest request) {
            this(request, new CompletableFuture<>());
        }

        @Override
        public void granted(AdapterUse use) {
            granted.complete(use);
        }

        @Override
        public void failed(Failed event) {
            granted.completeExceptionally(new IllegalStateException(event.message()));
        }

        @Override
        public void cancelled() {
            granted.cancel(false);
        }
    }

    @Test
    void weightsThatAreCopiedAreFreedAfterTheCopy() throws InterruptedException {
        try (var first = server();
                var second = server()) {
            share(first, second);
            first.makeResident("a");
            var copying = new CountDownLatch(1);
            var goOn = new CountDownLatch(1);
            second.pace(bytes -> {
                copying.countDown();
                uninterruptibly(goOn);
            });
            second.policy(ScriptedMemory.loading("a"));
            var loaded = second.memory.makeResident("a");
            copying.await();
            var evicted = first.memory.evict("a");
            await().until(() -> !first.memory.isResident("a"));
            assertThat(first.device.bytes()).isEqualTo(BYTES);
            assertThat(evicted).isNotDone();

            goOn.countDown();

            loaded.join();
            evicted.join();
            assertThat(first.device.bytes()).isZero();
            assertThat(second.status("a").loadsByOrigin()).containsOnlyKeys(LoadOrigin.MEMORY);
        }
    }

    @Test
    void weightsThatWereFreedMeanwhileAreLoadedFromFiles() {
        try (var first = server();
                var second = server()) {
            var adapter = first.register("a", ScriptedMemory.SMALL);
            second.memory.register("a", adapter);
            first.makeResident("a");
            var found = new AtomicReference<>(first.memory.weights("a"));
            second.loads.tell((ResidentCopies) _ -> found.get());
            first.memory.evict("a").join();
            second.makeResident("a");
            assertThat(second.status("a").loadsByOrigin()).containsOnlyKeys(LoadOrigin.FILE);
            found.set(Optional.empty());
        }
    }

    private static ScriptedMemory server() {
        return new ScriptedMemory(new MemoryLedger(BYTES), "0");
    }

    private static void share(ScriptedMemory first, ScriptedMemory second) {
        var adapter = first.register("a", ScriptedMemory.SMALL);
        second.memory.register("a", adapter);
        second.loads.tell((ResidentCopies) first.memory::weights);
    }

    private static double bytes(ScriptedMemory server, String source) {
        return server.registry
                .get("dlora.adapter.loaded.bytes")
                .tag("source", source)
                .counter()
                .count();
    }

    private static void uninterruptibly(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
