package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.engine.merging.ReplicaWeights;
import org.dlora.model.BookedCopies;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Merges that need the memory of copies in effect and of kept ones, all of the same matrices. */
class MergeMemoryTest {
    private static final String KEPT = "r4-qv-f32";
    private static final String MERGED = "r64-qv-bf16";
    private static final String LARGE = "r8-all-bf16";

    private final GoldenModel golden = new GoldenModel("llama-gqa");
    private final long small = bytes(KEPT);
    private final long large = bytes(LARGE);

    @AfterEach
    void close() {
        golden.close();
    }

    @Test
    void aMergeThatIsRefusedLeavesTheKeptCopies() throws Exception {
        assertThat(large).isGreaterThan(2 * small);
        refuse(Long.MAX_VALUE);
    }

    @Test
    void aRefusedMergeKeepsTheCopiesWhereTheLimitHoldsNoOther() throws Exception {
        refuse(large);
    }

    private void refuse(long limit) throws Exception {
        var copies = new BookedCopies(2 * small, limit);
        var model = golden.serve(settings(), copies);
        try (var runner = model.runner()) {
            var weights = runner.merge();
            mergeBoth(weights);
            assertThat(weights.begin(LARGE, golden.mergeTerms(LARGE))).isPresent();
            assertThat(copies.refusedMerges()).isOne();
            assertThat(weights.merged()).contains(MERGED);
            assertThat(weights.kept()).contains(KEPT);
            assertThat(weights.building()).isEmpty();
            assertThat(copies.booked()).isEqualTo(2 * small);
        }
        assertThat(copies.booked()).isZero();
    }

    @Test
    void aMergeThatNeedsTheCopiesInEffectGetsThem() throws Exception {
        var copies = new BookedCopies(large, Long.MAX_VALUE);
        var model = golden.serve(settings(), copies);
        try (var runner = model.runner()) {
            var weights = runner.merge();
            mergeBoth(weights);
            assertThat(weights.begin(LARGE, golden.mergeTerms(LARGE))).isEmpty();
            assertThat(copies.refusedMerges()).isZero();
            assertThat(weights.merged()).isEmpty();
            assertThat(weights.building()).contains(LARGE);
            assertThat(copies.booked()).isEqualTo(large);
            weights.advance(Long.MAX_VALUE);
            weights.commit();
            assertThat(weights.copyBytes()).isEqualTo(large);
        }
        assertThat(copies.booked()).isZero();
    }

    private void mergeBoth(ReplicaWeights weights) {
        for (var adapter : new String[] {KEPT, MERGED}) {
            assertThat(weights.begin(adapter, golden.mergeTerms(adapter))).isEmpty();
            weights.advance(Long.MAX_VALUE);
            weights.commit();
        }
        assertThat(weights.kept()).contains(KEPT);
    }

    private long bytes(String adapter) {
        return golden.terms(adapter).lora().mergeBytes();
    }

    private static ReplicaSettings settings() {
        return new ReplicaSettings("golden", new StepLimits(4, 64, 16), 16, DType.F32, 64, true);
    }
}
