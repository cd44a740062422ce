package org.dlora.model;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.reference.Numbers;
import org.dlora.engine.merging.CopyMemory;
import org.dlora.engine.merging.LiveWeights;
import org.dlora.engine.merging.LowRankMerge;
import org.dlora.model.forward.LoraGroups;
import org.dlora.model.forward.Transformer;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;

/** Tests of the guarantees for devices that record steps. */
class StepEpochTest {

    /** A step's epoch and size: equal for steps that make the same calls. */
    private record Key(StepEpoch epoch, int rows, int logitRows) {}

    /** A call, its memory by identity. */
    private record Call(String method, List<Object> arguments) {}

    private final Map<Key, List<Call>> recorded = new HashMap<>();
    private final LinkedHashSet<StepEpoch> epochs = new LinkedHashSet<>();
    private List<Call> calls = new ArrayList<>();
    private int repeated;

    @Property(tries = 5)
    void stepsOfOneEpochAndSizeMakeTheSameCallsWithTheSameMemory(@ForAll long seed) {
        var random = new Random(seed);
        recorded.clear();
        epochs.clear();
        repeated = 0;
        try (var device = new CpuDevice();
                var model = BaseModel.open(Golden.model("llama-gqa"));
                var base = DecoderWeights.pack(model, device, WeightPrecision.AUTO, 16, _ -> {});
                var operations = device.open(1);
                var a = matrix(device, 3, model.spec().inputs(LinearSite.QKV));
                var b = matrix(device, model.spec().outputs(LinearSite.QKV), 3);
                var live =
                        new LiveWeights(base, device, operations, CopyMemory.upTo(Long.MAX_VALUE));
                var transformer = new Transformer(model.spec(), live, watched(operations), 12, 4);
                var cache = cache(device, model.spec());
                var other = cache(device, model.spec())) {
            var term = new LowRank(a, b, 0, 0.5f);
            var terms =
                    LowRankMerge.of(
                            IntStream.range(0, model.spec().layers())
                                    .boxed()
                                    .collect(toMap(LinearSite.QKV::in, _ -> term)));
            for (int i = 0; i < 60; i++) {
                change(live, terms, random);
                // A dozen leave rows out of the last layer.
                int rows = random.nextInt(4) == 0 ? 12 : 1 + random.nextInt(2);
                var read = random.nextInt(30) == 0 ? other : cache;
                transformer.forward(batch(rows), LoraGroups.NONE, read, new int[random.nextInt(2)]);
            }
        }
        assertThat(epochs).as("weights and caches change").hasSizeGreaterThan(1);
        assertThat(repeated).isGreaterThan(10);
    }

    private static void change(LiveWeights live, MergeTerms terms, Random random) {
        switch (random.nextInt(12)) {
            case 0, 1 -> {
                if (live.merged().isEmpty()) {
                    live.begin("ant", terms);
                    live.advance(Long.MAX_VALUE);
                    live.commit();
                }
            }
            case 2 -> live.unmerge();
            case 3 -> live.kept().ifPresent(live::restore);
            case 4 -> live.release();
            default -> {}
        }
    }

    private static WeightMatrix matrix(CpuDevice device, int rows, int columns) {
        return device.matrix(
                List.of(new Numbers(rows).tensor(DType.F32, rows, columns)), DType.F32);
    }

    private static KvCache cache(CpuDevice device, DecoderSpec spec) {
        return device.kvCache(
                new KvLayout(spec.layers(), spec.kvHeads(), spec.headDim(), 1, DType.F32));
    }

    private static RaggedBatch batch(int rows) {
        return new RaggedBatch(
                new int[rows],
                IntStream.range(0, rows).toArray(),
                List.of(new RaggedBatch.Chunk(0, rows, 0, new int[1])));
    }

    private Operations watched(Operations operations) {
        return proxy(
                Operations.class,
                operations,
                (method, arguments, result) -> {
                    if (!(result instanceof Step step)) {
                        if (arguments.length > 0 && !method.getName().equals("activations")) {
                            calls.add(call(method, arguments));
                        }
                        return result;
                    }
                    calls = new ArrayList<>();
                    var batch = (RaggedBatch) arguments[0];
                    var key =
                            new Key(
                                    (StepEpoch) arguments[3],
                                    batch.rows(),
                                    ((int[]) arguments[1]).length);
                    epochs.add(key.epoch());
                    return watched(step, key);
                });
    }

    private Step watched(Step step, Key key) {
        return proxy(
                Step.class,
                step,
                (method, arguments, result) -> {
                    if (arguments.length > 0) {
                        calls.add(call(method, arguments));
                    } else {
                        var before = recorded.putIfAbsent(key, calls);
                        if (before != null) {
                            repeated++;
                            assertThat(calls).isEqualTo(before);
                        }
                    }
                    return result;
                });
    }

    /** Memory is no record, so that it is equal to itself only. */
    private static Call call(Method method, Object[] arguments) {
        return new Call(method.getName(), List.of(arguments));
    }

    private interface Watch {
        @Nullable Object called(Method method, Object[] arguments, @Nullable Object result);
    }

    private static <T> T proxy(Class<T> type, T target, Watch watch) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (_, method, arguments) -> {
                            try {
                                var result = method.invoke(target, arguments);
                                return watch.called(
                                        method,
                                        arguments == null ? new Object[0] : arguments,
                                        result);
                            } catch (InvocationTargetException e) {
                                throw e.getTargetException();
                            }
                        }));
    }
}
