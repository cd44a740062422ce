package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.cuda.SharedGpu;
import org.dlora.device.cuda.StandIn;
import org.dlora.device.cuda.driver.CudaException;
import org.dlora.engine.merging.ReplicaWeights;
import org.dlora.engine.step.ModelRunner;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pristine weights in the host's memory: the bits are those of weights beside on the GPU. */
@ExtendWith(NeedsCuda.class)
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ParkedWeightsCudaTest {
    private static final String MODEL = "llama-gqa";
    private static final String MERGED = "r8-all-bf16";
    private static final String OTHER = "r4-qv-f32";
    private static final int OPERATIONS = 60;

    /** Adapters of all matrices, of both ends, of some modules of fused matrices, and DoRA. */
    private static final List<String> ADAPTERS = List.of(MERGED, "lora-embed-head", OTHER, "dora");

    private static GoldenModel golden(WeightPrecision precision, boolean isParked) {
        return new GoldenModel(GoldenModel.ROOT, MODEL, SharedGpu.number(0), precision, isParked);
    }

    private static ReplicaSettings settings(WeightPrecision precision) {
        var kv = precision == WeightPrecision.BFLOAT16 ? DType.BF16 : DType.F32;
        return new ReplicaSettings("parked", new StepLimits(4, 16, 16), 8, kv, 64, true);
    }

    /** Changes the weights at random; the same for equal states and random numbers. */
    private static void change(ReplicaWeights weights, GoldenModel golden, Random random) {
        var adapter = ADAPTERS.get(random.nextInt(ADAPTERS.size()));
        int choice = random.nextInt(10);
        double share = random.nextDouble(1.5);
        if (weights.building().isPresent() && choice > 3) {
            if (weights.advance(1 + (long) (share * weights.remaining()))) {
                weights.commit();
            }
            return;
        }
        switch (choice) {
            case 0 -> weights.unmerge();
            case 1 -> weights.forget(adapter);
            case 2 -> weights.release();
            case 3, 4 -> weights.kept().ifPresent(weights::restore);
            default -> {
                if (weights.merged().filter(adapter::equals).isEmpty()) {
                    assertThat(weights.begin(adapter, golden.mergeTerms(adapter))).isEmpty();
                }
            }
        }
    }

    /** Returns the logits of all rows of a step with two adapters and the base, or of one. */
    private static Map<Integer, float[]> step(ModelRunner runner, GoldenModel golden) {
        var terms = new HashMap<String, AdapterTerms>();
        golden.adapterNames().forEach(name -> terms.put(name, golden.terms(name)));
        var groups = new AdapterGroups(terms);
        groups.add(null, 0, 3);
        groups.add(MERGED, 3, 3);
        groups.add(OTHER, 6, 3);
        var chunks = IntStream.range(0, 3).mapToObj(i -> new Chunk(3 * i, 3, 0, new int[] {i}));
        var rows = IntStream.range(0, 9).toArray();
        runner.forward(
                new RaggedBatch(
                        IntStream.range(0, 9).map(i -> 5 + 7 * i).toArray(),
                        IntStream.range(0, 9).map(i -> i % 3).toArray(),
                        chunks.toList()),
                groups,
                rows);
        var logits = new HashMap<Integer, float[]>();
        runner.forEach(
                rows,
                (row, values) -> {
                    synchronized (logits) {
                        logits.put(row, values.clone());
                    }
                });
        assertThat(logits).hasSize(9);
        return logits;
    }

    @ParameterizedTest
    @EnumSource(
            value = WeightPrecision.class,
            names = {"FLOAT32", "BFLOAT16"})
    void logitsHaveTheBitsOfCopiesBesideAfterAnyOperations(WeightPrecision precision)
            throws Exception {
        long before = SharedGpu.number(0).bytes();
        var merged = new TreeSet<String>();
        try (var beside = golden(precision, false);
                var parked = golden(precision, true)) {
            long pristine = beside.hash();
            assertThat(parked.hash()).isEqualTo(pristine);
            long onGpu = SharedGpu.number(0).bytes();
            try (var one = beside.serve(settings(precision)).runner();
                    var other = parked.serve(settings(precision)).runner()) {
                long opened = SharedGpu.number(0).bytes();
                var random = new Random(7);
                var same = new Random(7);
                for (int i = 0; i < OPERATIONS; i++) {
                    change(one.merge(), beside, random);
                    change(other.merge(), parked, same);
                    assertThat(other.merge().status()).isEqualTo(one.merge().status());
                    one.merge().merged().ifPresent(merged::add);
                    other.merge().settle();
                    var expected = step(one, beside);
                    step(other, parked)
                            .forEach((row, logits) ->
                                    assertThat(logits).isEqualTo(expected.get(row)));
                    assertThat(SharedGpu.number(0).bytes())
                            .as("copies beside alone are on the GPU")
                            .isEqualTo(opened + one.merge().copyBytes());
                }
                assertThat(merged).containsExactlyInAnyOrderElementsOf(ADAPTERS);
                other.merge().unmerge();
                other.merge().settle();
                assertThat(parked.hash()).isEqualTo(pristine);
            }
            assertThat(SharedGpu.number(0).bytes()).isEqualTo(onGpu);
            assertThat(parked.hash()).isEqualTo(pristine);
        }
        assertThat(SharedGpu.number(0).bytes()).isEqualTo(before);
    }

    private static void merge(ReplicaWeights weights, GoldenModel golden, String adapter) {
        assertThat(weights.begin(adapter, golden.mergeTerms(adapter))).isEmpty();
        weights.advance(Long.MAX_VALUE);
        weights.commit();
    }

    @Test
    void aReplicaThatEndsMergedLeavesTheWeightsPristine() throws Exception {
        try (var golden = golden(WeightPrecision.FLOAT32, true)) {
            long pristine = golden.hash();
            try (var runner = golden.serve(settings(WeightPrecision.FLOAT32)).runner()) {
                merge(runner.merge(), golden, MERGED);
                runner.merge().settle();
                assertThat(golden.hash()).isNotEqualTo(pristine);
            }
            assertThat(golden.hash()).isEqualTo(pristine);
        }
    }

    enum Next {
        SAME,
        UNMERGED,
        OTHER
    }

    @ParameterizedTest
    @EnumSource(Next.class)
    void afterAFailedUploadNoStepRunsUntilAllIsUploaded(Next next) throws Exception {
        try (var golden = golden(WeightPrecision.FLOAT32, true)) {
            long pristine = golden.hash();
            long merged = golden.hashOfFresh(MERGED);
            long other = golden.hashOfFresh(OTHER);
            try (var runner = golden.serve(settings(WeightPrecision.FLOAT32)).runner()) {
                merge(runner.merge(), golden, MERGED);
                for (int after = 0; after < 3; after++) {
                    StandIn.failNext("copy", StandIn.INVALID_VALUE, after);
                    assertThatThrownBy(runner.merge()::settle)
                            .isInstanceOf(CudaException.class)
                            .hasMessage("cuMemcpyHtoDAsync: CUDA_ERROR_INVALID_VALUE");
                    assertThat(runner.merge().isSettled()).isFalse();
                    assertThatIllegalStateException()
                            .isThrownBy(() -> step(runner, golden))
                            .withMessageContaining("not settled");
                }
                switch (next) {
                    case SAME -> {}
                    case UNMERGED -> runner.merge().unmerge();
                    case OTHER -> merge(runner.merge(), golden, OTHER);
                }
                runner.merge().settle();
                step(runner, golden);
                assertThat(golden.hash())
                        .isEqualTo(
                                switch (next) {
                                    case SAME -> merged;
                                    case UNMERGED -> pristine;
                                    case OTHER -> other;
                                });
            }
            assertThat(golden.hash()).isEqualTo(pristine);
        }
    }

    @Test
    void weightsThatWereNotGivenBackAreUploadedByTheSuccessor() throws Exception {
        try (var golden = golden(WeightPrecision.FLOAT32, true)) {
            long pristine = golden.hash();
            var first = golden.serve(settings(WeightPrecision.FLOAT32)).runner();
            merge(first.merge(), golden, MERGED);
            first.merge().settle();
            StandIn.failNext("copy", StandIn.INVALID_VALUE, 0);
            first.close();
            assertThat(golden.hash()).isNotEqualTo(pristine);
            try (var second = golden.serve(settings(WeightPrecision.FLOAT32)).runner()) {
                assertThat(second.merge().merged()).isEmpty();
                assertThatIllegalStateException().isThrownBy(() -> step(second, golden));
                second.merge().settle();
                step(second, golden);
                assertThat(golden.hash()).isEqualTo(pristine);
            }
        }
    }

    @Test
    void aBuildThatFailsLeavesTheWeightsAsTheyAre() throws Exception {
        long before = SharedGpu.number(0).bytes();
        try (var golden = golden(WeightPrecision.FLOAT32, true)) {
            long fresh = golden.hashOfFresh(OTHER);
            try (var runner = golden.serve(settings(WeightPrecision.FLOAT32)).runner()) {
                var weights = runner.merge();
                merge(weights, golden, OTHER);
                weights.settle();
                for (int after = 0; after < 6; after++) {
                    assertThat(weights.begin(MERGED, golden.mergeTerms(MERGED))).isEmpty();
                    StandIn.failNext(
                            after % 2 == 0 ? "copy" : "launch", StandIn.INVALID_VALUE, after);
                    assertThatThrownBy(() -> weights.advance(Long.MAX_VALUE))
                            .isInstanceOf(CudaException.class);
                    assertThat(weights.building()).isEmpty();
                    assertThat(weights.merged()).contains(OTHER);
                    assertThat(weights.isSettled()).isTrue();
                    assertThat(golden.hash()).isEqualTo(fresh);
                }
                StandIn.failNext("pinned", StandIn.OUT_OF_MEMORY, 0);
                weights.release();
                assertThat(weights.begin(MERGED, golden.mergeTerms(MERGED))).isEmpty();
                assertThatThrownBy(() -> weights.advance(Long.MAX_VALUE))
                        .isInstanceOfSatisfying(
                                CudaException.class, e -> assertThat(e.isOutOfMemory()).isTrue());
            }
        }
        assertThat(SharedGpu.number(0).bytes()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(
            value = WeightPrecision.class,
            names = {"FLOAT32", "BFLOAT16"})
    void aProbeMeasuresTheSameWhileAnotherAdapterIsMerged(WeightPrecision precision)
            throws Exception {
        try (var beside = golden(precision, false);
                var parked = golden(precision, true);
                var runner = parked.serve(settings(precision)).runner()) {
            merge(runner.merge(), parked, "lora-embed-head");
            runner.merge().settle();
            long live = parked.hash();
            for (var adapter : List.of(MERGED, "lora-embed-head")) {
                assertThat(parked.measure(adapter)).isEqualTo(beside.measure(adapter));
            }
            assertThat(parked.hash()).isEqualTo(live);
        }
    }
}
