package org.dlora.device.cpu.threads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChunkQueueTest {
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** A server has counted so far after a day or two. */
    @Test
    void goesOnBeyondTheLargestInt() {
        var queue = new ChunkQueue(Integer.MAX_VALUE - 20);
        var computed = new ArrayList<Integer>();
        for (int i = 0; i < 100; i++) {
            assertThat(queue.isEmpty()).isTrue();
            for (int j = 0; j < 3; j++) {
                queue.offer((_, from, _) -> computed.add(from), 3 * i + j, 0);
            }
            assertThat(queue.isFull()).isFalse();
            while (queue.computeNext(0, failure)) {
                assertThat(computed.getLast()).isEqualTo(computed.size() - 1);
            }
        }
        assertThat(computed).hasSize(300);
        assertThat(failure.get()).isNull();
    }

    @Test
    void aQueueIsFullWhereNoChunkHasRoom() {
        var queue = new ChunkQueue(Integer.MAX_VALUE - 3);
        for (int i = 0; i < 16; i++) {
            assertThat(queue.isFull()).isFalse();
            queue.offer((_, _, _) -> {}, 0, 0);
        }
        assertThat(queue.isFull()).isTrue();
        assertThat(queue.isWaiting()).isTrue();
        assertThat(queue.computeNext(0, failure)).isTrue();
        assertThat(queue.isFull()).isFalse();
        queue.clear();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.computeNext(0, failure)).isFalse();
    }

    /** No other thread computes the next chunk meanwhile. */
    @Test
    void computesOneChunkAtATime() {
        var queue = new ChunkQueue(0);
        var taken = new ArrayList<Boolean>();
        queue.offer(
                (_, _, _) -> {
                    taken.add(queue.isWaiting());
                    taken.add(queue.computeNext(1, failure));
                },
                0,
                0);
        queue.offer((_, _, _) -> taken.add(true), 0, 0);
        assertThat(queue.computeNext(0, failure)).isTrue();
        assertThat(taken).containsExactly(false, false);
        assertThat(queue.computeNext(0, failure)).isTrue();
        assertThat(taken).hasSize(3);
        assertThat(failure.get()).isNull();
    }
}
