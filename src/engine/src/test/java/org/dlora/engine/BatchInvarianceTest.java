package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.statistics.Statistics;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.engine.merging.ReplicaWeights;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.engine.step.ModelRunner;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.dlora.testing.AllTries;

/**
 * A sequence's logits have the same bits alone, in any batch, under any chunking, after preemption
 * and from the prefix cache.
 */
@AllTries
class BatchInvarianceTest {
    private static final int MAX_LENGTH = 128;

    private static final Mode JAVA = new Mode(new GoldenModel("llama-gqa"), DType.F32);

    /** Modes of the kernels in C, opened at first use. */
    private static final Map<KernelFamily, Mode> NATIVE = new EnumMap<>(KernelFamily.class);

    /** A model on a device, and the dtype of keys and values. */
    private record Mode(GoldenModel golden, DType kv) {}

    @AfterContainer
    static void close() {
        JAVA.golden().close();
        NATIVE.values().forEach(mode -> mode.golden().close());
    }

    @Property(tries = 25)
    void logitsHaveTheSameBitsInAnyCompany(@ForAll long seed) {
        check(JAVA, seed);
    }

    @Property(tries = 25)
    @NeedsKernels(KernelFamily.AVX512)
    @AddLifecycleHook(NeedsNativeKernels.class)
    void logitsHaveTheSameBitsInAnyCompanyByMultiplyAddsInC(@ForAll long seed) {
        check(nativeMode(KernelFamily.AVX512), seed);
    }

    @Property(tries = 25)
    @NeedsKernels(KernelFamily.AVX512_BF16)
    @AddLifecycleHook(NeedsNativeKernels.class)
    void logitsHaveTheSameBitsInAnyCompanyByDotProducts(@ForAll long seed) {
        check(nativeMode(KernelFamily.AVX512_BF16), seed);
    }

    @Property(tries = 25)
    @NeedsKernels(KernelFamily.AMX)
    @AddLifecycleHook(NeedsNativeKernels.class)
    void logitsHaveTheSameBitsInAnyCompanyByTiles(@ForAll long seed) {
        check(nativeMode(KernelFamily.AMX), seed);
    }

    @Property(tries = 25)
    @NeedsKernels(KernelFamily.AMX_EMULATED)
    @AddLifecycleHook(NeedsNativeKernels.class)
    void logitsHaveTheSameBitsInAnyCompanyByEmulatedTiles(@ForAll long seed) {
        check(nativeMode(KernelFamily.AMX_EMULATED), seed);
    }

    private static Mode nativeMode(KernelFamily family) {
        return NATIVE.computeIfAbsent(family, BatchInvarianceTest::open);
    }

    private static Mode open(KernelFamily family) {
        var device = new CpuDevice(family);
        return new Mode(
                new GoldenModel(GoldenModel.ROOT, "llama-gqa", device, WeightPrecision.BFLOAT16),
                device.kvDtype(DType.BF16));
    }

    private static void check(Mode mode, long seed) {
        var random = new Random(seed);
        var requests = new ArrayList<GenerationRequest>();
        for (int i = 0; i < 3 + random.nextInt(5); i++) {
            requests.add(request(mode, "r" + i, random));
        }
        var roomy = settings(mode, new StepLimits(1, 256, 16), 8).withPrefixCache(false);
        var alone = new ArrayList<Row>();
        for (var request : requests) {
            alone.addAll(run(mode, 1, List.of(request), roomy, EngineObserver.NONE));
        }
        var observed = new Observed();
        var limits = new StepLimits(2 + random.nextInt(5), 1 + random.nextInt(50), 16);

        var together =
                run(
                        mode,
                        2,
                        requests,
                        settings(mode, limits, 8 + random.nextInt(random.nextInt(5) == 0 ? 4 : 40)),
                        observed);

        // Each occurs in three of five runs, so 25 runs without one have a chance below 1e-9.
        Statistics.label("preempted")
                .collect(observed.preemptions() > 0)
                .coverage(coverage -> coverage.check(true).count(runs -> runs > 0));
        Statistics.label("began with cached blocks")
                .collect(observed.cachedTokens() > 0)
                .coverage(coverage -> coverage.check(true).count(runs -> runs > 0));
        alone.addAll(List.copyOf(alone));
        Collections.sort(alone);
        Collections.sort(together);
        assertThat(together).isEqualTo(alone);
    }

    private static List<Row> run(
            Mode mode,
            int times,
            List<GenerationRequest> requests,
            ReplicaSettings settings,
            EngineObserver observer) {
        var served = mode.golden().serve(settings);
        try (var tap = new Tap(served.runner())) {
            var model =
                    new ReplicaModel(tap, served.texts(), served.endTokens(), served.adapters());
            var engine = new Engine(settings, model, Plans.of(new PreemptingPlans()), observer);
            for (int i = 0; i < times; i++) {
                requests.forEach(request -> engine.submit(request, event -> {}));
                while (!engine.isIdle()) {
                    engine.step();
                    engine.verify();
                }
            }
            return tap.rows;
        }
    }

    private static ReplicaSettings settings(Mode mode, StepLimits limits, int blocks) {
        return new ReplicaSettings("r", limits, blocks, mode.kv(), MAX_LENGTH, true);
    }

    private static GenerationRequest request(Mode mode, String id, Random random) {
        var names = mode.golden().adapterNames();
        int adapter = random.nextInt(-2, names.size());
        return new GenerationRequest(
                id,
                adapter < 0 ? AdapterRef.base() : AdapterRef.of(names.get(adapter)),
                prompt(mode, random),
                SamplingParams.GREEDY,
                new StopConditions(10 + random.nextInt(50), 0, true, Set.of(), List.of(), false),
                -1,
                random.nextBoolean() ? 0 : -1,
                true);
    }

    /** Half of them begin alike. */
    private static int[] prompt(Mode mode, Random random) {
        int alike = random.nextBoolean() ? 1 + random.nextInt(50) : 0;
        return IntStream.concat(
                        IntStream.range(0, alike),
                        random.ints(1 + random.nextInt(60 - alike), 0, mode.golden().vocabSize()))
                .toArray();
    }

    /**
     * A row whose logits were read, each once: its token and position, and all bits of its logits.
     */
    private record Row(int position, int token, int bits) implements Comparable<Row> {
        @Override
        public int compareTo(Row other) {
            return Arrays.compare(
                    new int[] {position, token, bits},
                    new int[] {other.position, other.token, other.bits});
        }
    }

    /** Lets everything through and keeps what the logits were. */
    private static final class Tap implements ModelRunner {
        private final ModelRunner runner;
        private final List<Row> rows = Collections.synchronizedList(new ArrayList<>());
        private RaggedBatch batch = new RaggedBatch(new int[0], new int[0], List.of());
        private int[] logitRows = {};

        Tap(ModelRunner runner) {
            this.runner = runner;
        }

        @Override
        public ReplicaWeights merge() {
            return runner.merge();
        }

        @Override
        public int vocabSize() {
            return runner.vocabSize();
        }

        @Override
        public void forward(RaggedBatch batch, AdapterGroups lora, int[] logitRows) {
            this.batch = batch;
            this.logitRows = logitRows;
            runner.forward(batch, lora, logitRows);
        }

        @Override
        public void argMax(int[] indices, int[] tokens) {
            runner.argMax(indices, tokens);
            forEach(
                    indices,
                    (i, logits) -> assertThat(tokens[i]).isEqualTo(FakeModel.largest(logits)));
        }

        @Override
        public void largest(int[] indices, int k, int[] tokens, float[] values) {
            runner.largest(indices, k, tokens, values);
            var expected = tokens.clone();
            forEach(
                    indices,
                    (i, logits) ->
                            FakeModel.largest(logits, i, k, expected, new float[values.length]));
            assertThat(tokens).isEqualTo(expected);
        }

        @Override
        public void forEach(int[] indices, RowUse use) {
            runner.forEach(
                    indices,
                    (i, logits) -> {
                        int row = logitRows[indices[i]];
                        rows.add(
                                new Row(
                                        batch.positions()[row],
                                        batch.tokens()[row],
                                        Arrays.hashCode(logits)));
                        use.accept(i, logits);
                    });
        }

        @Override
        public void close() {
            runner.close();
        }
    }
}
