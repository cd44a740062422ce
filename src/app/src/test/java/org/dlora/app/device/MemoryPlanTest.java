package org.dlora.app.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.dlora.app.device.CachePlan.Room;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.engine.opening.Closing;
import org.dlora.engine.opening.StartException;
import org.dlora.model.BaseModel;
import org.dlora.model.DecoderSpec;
import org.dlora.tensor.DType;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class MemoryPlanTest {
    private static final long MB = 1 << 20;
    private static final DecoderSpec DEMO = demo();

    @Test
    void everyUseOfTheStartIsInTheLedgerUntilTheServerEnds() {
        var ledger = new MemoryLedger(1000 * MB);
        try (var closing = new Closing()) {
            var plan = new MemoryPlan(ledger, closing);
            plan.process(100 * MB, 50 * MB);
            plan.weights(200 * MB).correct(201 * MB);
            var cache = cache(64 * MB, new Room(1000 * MB, ledger.taken(), 20 * MB));
            replicas(plan, ledger, 2, 3 * MB, cache);
            assertThat(MemoryPlan.merging(ledger, cache, 20 * MB).mergeBytes()).isEqualTo(20 * MB);
            assertThat(MemoryPlan.merging(ledger, cache, 1000 * MB).mergeBytes())
                    .isEqualTo((1000 - 150 - 201 - 6 - 128) * MB);
            assertThat(ledger.taken(MemoryUse.MERGED_WEIGHTS)).isZero();
            assertThat(ledger.taken(MemoryUse.HEAP)).isEqualTo(100 * MB);
            assertThat(ledger.taken(MemoryUse.JVM)).isEqualTo(50 * MB);
            assertThat(ledger.taken(MemoryUse.WEIGHTS)).isEqualTo(201 * MB);
            assertThat(ledger.taken(MemoryUse.BUFFERS)).isEqualTo(6 * MB);
            assertThat(ledger.taken(MemoryUse.KV_CACHE)).isEqualTo(128 * MB);
        }
        assertThat(ledger.taken()).isZero();
    }

    @Test
    void kvCacheThatDoesNotFitBesideTheRestEndsTheStartInASentence() {
        var ledger = new MemoryLedger(400 * MB);
        try (var closing = new Closing()) {
            var plan = new MemoryPlan(ledger, closing);
            plan.process(100 * MB, 50 * MB);
            plan.weights(200 * MB);
            var cache = cache(64 * MB, new Room(400 * MB, ledger.taken(), 0));
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> replicas(plan, ledger, 1, 0, cache))
                    .withMessage(
                            "There is not enough memory for KV caches: 64MB are needed, and 50MB of"
                                    + " 400MB are available; the rest is taken by the Java heap"
                                    + " (100MB), the JVM itself (50MB), the model's weights"
                                    + " (200MB). Set dlora.kv-cache.size to less, or give the Java"
                                    + " heap less (-Xmx).");
        }
    }

    @Test
    void adaptersOfTheStartMayTakeWhatKvCachesCanGiveUp() {
        var ledger = new MemoryLedger(400 * MB);
        try (var closing = new Closing()) {
            var plan = new MemoryPlan(ledger, closing);
            plan.weights(100 * MB);
            replicas(plan, ledger, 2, 0, cache(100 * MB, new Room(400 * MB, 100 * MB, 0)));
            MemoryPlan.requireRoom(ledger, 150 * MB, 3, 250 * MB);
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> MemoryPlan.requireRoom(ledger, 150 * MB, 3, 251 * MB))
                    .withMessageStartingWith(
                            "There is not enough memory for 3 adapters: 251MB are needed, and 250MB"
                                    + " of 400MB are available; the rest is taken by the model's"
                                    + " weights (100MB), KV caches (50MB). Keep some of them out");
            MemoryPlan.requireRoom(ledger.part(50 * MB), 150 * MB, 1, 200 * MB);
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() ->
                            MemoryPlan.requireRoom(ledger.part(500 * MB), 150 * MB, 1, 300 * MB))
                    .withMessageContaining("300MB are needed, and 250MB of 400MB are available");
            assertThat(ledger.taken(MemoryUse.KV_CACHE)).isEqualTo(200 * MB);
        }
    }

    @Test
    void heapThatTheMachineDoesNotHaveEndsTheStart() {
        try (var closing = new Closing()) {
            var plan = new MemoryPlan(new MemoryLedger(400 * MB), closing);
            assertThatExceptionOfType(StartException.class)
                    .isThrownBy(() -> plan.process(500 * MB, 0))
                    .withMessageContaining("not enough memory for the Java heap: 500MB are needed")
                    .withMessageEndingWith("400MB of 400MB are available. Give it less (-Xmx).");
        }
    }

    @Property(tries = 300)
    void automaticKvCacheAlwaysFitsBesideTheRest(
            @ForAll @LongRange(min = 100_000, max = 1L << 34) long limit,
            @ForAll @IntRange(min = 1, max = 7) int replicas,
            @ForAll @IntRange(max = 100) int takenPercent,
            @ForAll @LongRange(max = 1L << 30) long copies) {
        var ledger = new MemoryLedger(limit);
        long taken = limit / 100 * takenPercent;
        try (var closing = new Closing()) {
            var plan = new MemoryPlan(ledger, closing);
            plan.weights(taken);
            var room = new Room(limit / replicas, Math.ceilDiv(taken, replicas), copies);
            try {
                var cache = cache(0, room);
                replicas(plan, ledger, replicas, 0, cache);
                assertThat(MemoryPlan.merging(ledger, cache, copies).mergeBytes())
                        .isBetween(0L, ledger.available());
            } catch (StartException e) {
                assertThat(e).hasMessageContaining("no room for a KV cache");
            }
            assertThat(ledger.taken()).isLessThanOrEqualTo(limit);
        }
    }

    private static CachePlan cache(long size, Room room) {
        return CachePlan.of(DEMO, DType.F32, DataSize.ofBytes(size), 0, 64, room);
    }

    private static DecoderSpec demo() {
        try (var model = BaseModel.open(TestFiles.demo("model"))) {
            return model.spec();
        }
    }

    private static void replicas(
            MemoryPlan plan, MemoryLedger ledger, int count, long buffers, CachePlan cache) {
        plan.buffers(count, buffers);
        plan.kvCaches(ledger, count, cache);
    }
}
