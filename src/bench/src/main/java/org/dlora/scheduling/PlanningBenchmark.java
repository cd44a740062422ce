package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.dlora.scheduling.cost.FittedCosts;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;
import org.dlora.scheduling.policy.PolicyKind;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A policy's decision for one step: 64 sequences decode, others wait. The snapshot shows all that
 * wait. Requests are spread evenly over the adapters at work; the other registered ones are idle.
 */
@State(Scope.Benchmark)
@BenchmarkMode(org.openjdk.jmh.annotations.Mode.SampleTime) // Other processes move a mean.
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH and the set-up fill the fields.
public class PlanningBenchmark {
    private static final StepLimits LIMITS = new StepLimits(64, 512, 16);
    private static final int RUNNING = 64;

    @Param({"UNMERGED", "MERGED", "DLORA_PAPER", "DLORA"})
    PolicyKind policy;

    @Param({"4", "1000"})
    int registered;

    @Param("4")
    int working;

    @Param({"64", "1000"})
    int waiting;

    private Run<?> run;

    /** A policy that has decided some steps, and what it is shown in the next one. */
    private static final class Run<S> {
        private final Policy<S> policy;
        private final List<SequenceView> sequences;
        private final List<AdapterView> adapters;
        private final Set<AdapterRef> loaded;
        private final CostModel costs = costs();
        private S state;

        Run(
                Policy<S> policy,
                List<SequenceView> sequences,
                List<AdapterView> adapters,
                Set<AdapterRef> loaded) {
            this.policy = policy;
            this.sequences = sequences;
            this.adapters = adapters;
            this.loaded = loaded;
            state = policy.start();
            for (int i = 0; i < 3; i++) {
                state = policy.decide(snapshot(100 + 0.1 * i), state).next();
            }
        }

        Decision<S> decide() {
            return policy.decide(snapshot(100.3), state);
        }

        private Snapshot snapshot(double now) {
            return new Snapshot(
                    now,
                    sequences,
                    4000,
                    LIMITS,
                    new MergeView(Mode.unmerged(), Set.of(), null, 0.2, Long.MAX_VALUE),
                    adapters,
                    loaded,
                    OutputLengths.NONE,
                    SloLimits.NONE,
                    costs);
        }
    }

    @Setup
    public void setUp() {
        var sequences = new ArrayList<SequenceView>();
        for (int i = 0; i < RUNNING + waiting; i++) {
            sequences.add(sequence(i));
        }
        var adapters = new ArrayList<AdapterView>();
        for (int i = 0; i < working; i++) {
            adapters.add(adapter(i, sequences));
        }
        var loaded = new LinkedHashSet<AdapterRef>();
        loaded.add(AdapterRef.base());
        for (int i = 0; i < Math.max(registered, working); i++) {
            loaded.add(ref(i));
        }
        run = new Run<>(policy.create(), List.copyOf(sequences), List.copyOf(adapters), loaded);
    }

    private static AdapterRef ref(int adapter) {
        return AdapterRef.of("adapter-" + adapter);
    }

    private SequenceView sequence(int i) {
        boolean runs = i < RUNNING;
        int prompt = 20 + 37 * i % 200;
        int tokens = runs ? prompt + 30 : prompt;
        int computed = runs ? tokens - 1 : 0;
        int blocks = LIMITS.blocksFor(computed);
        return new SequenceView(
                i,
                ref(i % working),
                i,
                tokens,
                computed,
                blocks,
                blocks,
                blocks,
                0,
                0,
                tokens,
                new SequenceRequest(90 + 0.001 * i, prompt, 200, false, i % 2 == 0));
    }

    private static AdapterView adapter(int adapter, List<SequenceView> sequences) {
        var its = sequences.stream().filter(v -> v.adapter().equals(ref(adapter))).toList();
        int running = (int) its.stream().filter(SequenceView::holdsBlocks).count();
        long tokens =
                its.stream().filter(v -> !v.holdsBlocks()).mapToInt(SequenceView::tokens).sum();
        int rank = 8 << adapter % 4;
        return new AdapterView(
                ref(adapter),
                new LoraFacts(rank, 305_000L * rank, 212_000_000, 212_000_000L * rank),
                MergeRules.FREE,
                1,
                new Backlog(its.size(), running, tokens),
                new OutputLengths(10, 600));
    }

    private static CostModel costs() {
        var steps = new ArrayList<StepSample>();
        for (int rows = 1; rows <= 256; rows *= 2) {
            for (int groups = 0; groups <= 4; groups++) {
                var lora = new LoraFacts(16, 4_880_000, 212_000_000, 3_392_000_000L);
                var group = new StepShape.Group(lora, Math.max(1, rows / 4));
                var shape =
                        new StepShape(0, rows, 100L * rows, 0, Collections.nCopies(groups, group));
                steps.add(new StepSample(shape, 0.01 + 0.001 * rows + 0.001 * groups));
            }
        }
        var lora = new LoraFacts(16, 4_880_000, 212_000_000, 3_392_000_000L);
        return FittedCosts.fit(steps, List.of(new MergeSample(lora, 0.1)));
    }

    @Benchmark
    public Decision<?> decide() {
        return run.decide();
    }
}
