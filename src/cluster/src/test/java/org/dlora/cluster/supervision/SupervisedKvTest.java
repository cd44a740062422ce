package org.dlora.cluster.supervision;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.engine.KvMemory;
import org.dlora.engine.KvStatus;
import org.dlora.scheduling.KvCounts;
import org.junit.jupiter.api.Test;

/** The KV cache of a replica that fails while its blocks are shared with adapters. */
class SupervisedKvTest {
    private static final int BLOCK = 10;

    private final ScriptedCache first = new ScriptedCache(80);
    private final SupervisedKv kv = new SupervisedKv(first);

    /** An elastic cache of 100 blocks, some of them usable, whose changes never end. */
    private record ScriptedCache(int usable, CompletableFuture<Void> change) implements KvMemory {
        ScriptedCache(int usable) {
            this(usable, new CompletableFuture<>());
        }

        @Override
        public boolean isElastic() {
            return true;
        }

        @Override
        public KvStatus status() {
            var counts = new KvCounts(usable, 100, 5, 2, 3, 4, 6, 7);
            return new KvStatus(counts, (long) usable * BLOCK, BLOCK, BLOCK, 0.5);
        }

        @Override
        public CompletableFuture<Void> resize(int blocks, Runnable progress) {
            return change;
        }
    }

    @Test
    void aCacheWhoseReplicaHangsCannotChange() {
        var change = kv.resize(50, () -> {});
        assertThat(change).isNotDone();
        kv.fail();
        assertThat(change).isCompleted();
        assertThat(kv.isElastic()).isFalse();
        assertThat(kv.status()).isEqualTo(first.status());
        assertThat(kv.resize(50, () -> {})).isCompleted();
        assertThat(kv.status()).isEqualTo(first.status());
    }

    @Test
    void adaptersTakeBlocksOfTheNextIncarnationOnceTheMemoryIsFree() {
        kv.fail();
        kv.free();
        assertThat(kv.isElastic()).isTrue();
        assertThat(kv.status().counts()).isEqualTo(new KvCounts(80, 100, 80, 0, 0, 0, 6, 7));
        var progress = new AtomicInteger();
        assertThat(kv.resize(30, progress::incrementAndGet)).isCompleted();
        assertThat(progress).hasValue(1);
        assertThat(kv.status().bytes()).isEqualTo(30 * BLOCK);
        assertThat(kv.begin()).hasValue(30);
        assertThat(kv.isElastic()).isFalse();
        var next = new ScriptedCache(30);
        kv.serve(next);
        assertThat(kv.isElastic()).isTrue();
        assertThat(kv.status()).isEqualTo(next.status());
    }

    @Test
    void theNextIncarnationBeginsWithTheBlocksOfTheOneBefore() {
        kv.fail();
        assertThat(kv.begin()).hasValue(80);
    }

    @Test
    void aCacheThatCannotChangeBeginsAsPlanned() {
        var fixed = new SupervisedKv(KvMemory.FIXED);
        fixed.fail();
        fixed.free();
        assertThat(fixed.isElastic()).isFalse();
        assertThat(fixed.begin()).isEmpty();
    }
}
