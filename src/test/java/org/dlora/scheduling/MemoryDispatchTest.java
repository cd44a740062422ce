package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The choice of an adapter memory for a request. */
class MemoryDispatchTest {
    @Test
    void noMemoryIsChosenWhereNoneServes() {
        assertThat(Dispatch.memory(List.of())).isEmpty();
    }

    @Test
    void fewestUnfinishedRequestsForEachReplicaCount() {
        assertThat(chosen(load("a", 1, 4, true), load("b", 2, 6, true), load("c", 1, 5, true)))
                .isEqualTo("b");
        assertThat(chosen(load("a", 1, 4, false), load("b", 2, 16, false))).isEqualTo("a");
        assertThat(chosen(load("a", 1, 4, false), load("b", 2, 15, false))).isEqualTo("b");
    }

    @Test
    void firstIsChosenAmongEquals() {
        assertThat(chosen(load("a", 1, 3, true), load("b", 2, 6, true))).isEqualTo("a");
        assertThat(chosen(load("b", 2, 6, false), load("a", 1, 3, true))).isEqualTo("a");
        assertThat(chosen(load("b", 2, 6, true), load("a", 1, 3, true))).isEqualTo("b");
    }

    @ParameterizedTest
    @CsvSource({"0, 0, a", "7, 0, a", "8, 0, a", "9, 0, b", "20, 11, b", "20, 12, a"})
    void loadWeighsAsMuchAsEightRequests(int withAdapter, int without, String expected) {
        assertThat(chosen(load("a", 1, withAdapter, true), load("b", 1, without, false)))
                .isEqualTo(expected);
    }

    private static String chosen(MemoryLoad... options) {
        return Dispatch.memory(List.of(options)).orElseThrow().memory();
    }

    private static MemoryLoad load(String memory, int replicas, int unfinished, boolean adapter) {
        return new MemoryLoad(memory, replicas, unfinished, adapter, true);
    }
}
