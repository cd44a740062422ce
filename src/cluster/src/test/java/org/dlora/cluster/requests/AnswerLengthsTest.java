package org.dlora.cluster.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import org.dlora.cluster.TinyCluster;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;

class AnswerLengthsTest {
    private static final int MOST = 4096;

    private final AnswerLengths lengths = new AnswerLengths();

    /** Versions of adapters come and go. */
    @Test
    void theAdapterWhoseLastAnswerIsTheOldestIsForgotten() {
        lengths.answered(AdapterRef.of("first"), 7);
        lengths.answered(AdapterRef.of("second"), 7);
        for (int i = 0; i < MOST - 2; i++) {
            lengths.answered(AdapterRef.of("a" + i), 100);
        }
        lengths.answered(AdapterRef.of("first"), 7);
        lengths.answered(AdapterRef.of("new"), 3);
        assertThat(mean("first")).isCloseTo(7, offset(1e-9));
        assertThat(mean("new")).isEqualTo(3);
        assertThat(mean("second")).as("as of an adapter without answers").isEqualTo(mean("none"));
    }

    private double mean(String adapter) {
        return lengths.mean(TinyCluster.request("r", adapter, 1, 1000));
    }
}
