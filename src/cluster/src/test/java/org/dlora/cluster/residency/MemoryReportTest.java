package org.dlora.cluster.residency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.dlora.cluster.residency.MemoryReport.Planned;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.engine.KvMemory;
import org.dlora.engine.KvStatus;
import org.dlora.scheduling.KvCounts;
import org.dlora.scheduling.residency.CostAwareResidency;
import org.dlora.scheduling.residency.KvTarget;
import org.dlora.scheduling.residency.ResidencyPlan;
import org.dlora.scheduling.residency.ResidencyPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The report of an adapter memory: its books, its last plan and its KV caches. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MemoryReportTest {
    private static final long SMALL = ScriptedMemory.bytes(ScriptedMemory.SMALL);
    private static final int BLOCK = 10;

    /** A KV cache of at most 100 blocks that changes its size at once. */
    private static final class InstantKv implements KvMemory {
        private volatile int total = 60;

        @Override
        public boolean isElastic() {
            return true;
        }

        @Override
        public KvStatus status() {
            var counts = new KvCounts(total, 100, 8, 3, 2, 0, 0, 0);
            return new KvStatus(counts, (long) total * BLOCK, BLOCK, BLOCK, 0.5);
        }

        @Override
        public CompletableFuture<Void> resize(int blocks, Runnable progress) {
            total = blocks;
            return CompletableFuture.completedFuture(null);
        }
    }

    @Test
    void booksOfTheMemoryAreInBytesByUse() {
        var ledger = new MemoryLedger(SMALL + 100);
        try (var heap = ledger.reserve(MemoryUse.HEAP, 40);
                var server = new ScriptedMemory(ledger, "0", "1")) {
            server.register("a", ScriptedMemory.SMALL);
            server.makeResident("a");
            var report = server.memory.memoryReport();
            assertThat(report.name()).isEqualTo("host");
            assertThat(report.replicas()).containsExactly("0", "1");
            assertThat(report.limit()).isEqualTo(SMALL + 100);
            assertThat(report.available()).isEqualTo(60);
            assertThat(report.bytes()).isEqualTo(Map.of("heap", heap.bytes(), "adapters", SMALL));
            assertThat(report.kv()).isEmpty();
        }
    }

    @Test
    void lastPlanAgesUntilTheNextOne() {
        try (var server = new ScriptedMemory(new MemoryLedger(SMALL), "0")) {
            server.register("a", ScriptedMemory.SMALL);
            assertThat(server.memory.memoryReport().lastPlan()).isNull();
            server.policy(new CostAwareResidency());
            server.memory.makeResident("a").join();
            server.pass(3);
            assertThat(planned(server))
                    .isEqualTo(new Planned(3, server.memory.lastPlan()))
                    .extracting(planned -> planned.plan().load())
                    .isEqualTo(List.of("a"));
        }
    }

    @Test
    void planOfAKvCacheAloneIsALastPlanToo() {
        var ledger = new MemoryLedger(1000);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.policy(growing());
            server.replica().kv(new InstantKv());
            server.memory.share(server.replica(), ledger.reserve(MemoryUse.KV_CACHE, 600), 20);
            server.register("a", ScriptedMemory.SMALL);
            assertThat(server.memory.memoryReport().kv())
                    .singleElement()
                    .matches(cache -> cache.usable() == 60 && cache.least() == 20);
            var _ = server.memory.retire("a"); // A change, after which a plan is made.
            await().until(() -> server.memory.memoryReport().lastPlan() != null);
            var target = new KvTarget("0", 80, KvTarget.Cause.SHORT, "takes 20 free blocks");
            assertThat(planned(server).plan().kv()).containsExactly(target);
            var report = server.memory.memoryReport();
            assertThat(report.bytes()).isEqualTo(Map.of("kv_cache", 800L));
            assertThat(report.kv())
                    .singleElement()
                    .satisfies(cache -> {
                        assertThat(cache.replica()).isEqualTo("0");
                        assertThat(cache.usable()).isEqualTo(80);
                        assertThat(cache.most()).isEqualTo(100);
                        assertThat(cache.held()).isEqualTo(72);
                        assertThat(cache.free()).isEqualTo(5);
                        assertThat(cache.cached()).isEqualTo(3);
                        assertThat(cache.status().bytes()).isEqualTo(800);
                    });
            assertThat(blocks(server, "usable")).isEqualTo(80);
            assertThat(blocks(server, "withheld")).isEqualTo(20);
            assertThat(resizes(server, "short")).isEqualTo(1);
            assertThat(resizes(server, "free_blocks")).isZero();
        }
    }

    @Test
    void changeForWhichThereIsNoMemoryIsNotCounted() {
        var ledger = new MemoryLedger(700);
        try (var server = new ScriptedMemory(ledger, "0")) {
            server.replica().kv(new InstantKv());
            server.memory.share(server.replica(), ledger.reserve(MemoryUse.KV_CACHE, 600), 20);
            server.policy(growing());
            server.register("a", ScriptedMemory.SMALL);
            var _ = server.memory.retire("a"); // A change, after which a plan is made.
            await().until(() -> server.memory.memoryReport().lastPlan() != null);
            assertThat(resizes(server, "short")).isZero();
            assertThat(blocks(server, "usable")).isEqualTo(60);
        }
    }

    private static double blocks(ScriptedMemory server, String state) {
        return server.registry
                .get("dlora.kv.blocks")
                .tags("memory", "host", "replica", "0", "state", state)
                .gauge()
                .value();
    }

    private static double resizes(ScriptedMemory server, String cause) {
        return server.registry
                .get("dlora.kv.resizes")
                .tags("memory", "host", "replica", "0", "cause", cause)
                .counter()
                .count();
    }

    private static ResidencyPolicy growing() {
        return snapshot ->
                snapshot.kv().stream().anyMatch(kv -> kv.blocks() == 60)
                        ? new ResidencyPlan(
                                List.of(),
                                List.of(),
                                List.of(
                                        new KvTarget(
                                                "0",
                                                80,
                                                KvTarget.Cause.SHORT,
                                                "takes 20 free blocks")),
                                List.of(),
                                List.of(),
                                List.of())
                        : ResidencyPlan.NOTHING;
    }

    private static Planned planned(ScriptedMemory server) {
        return Objects.requireNonNull(server.memory.memoryReport().lastPlan());
    }
}
