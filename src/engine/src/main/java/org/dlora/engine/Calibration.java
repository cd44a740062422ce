package org.dlora.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.dlora.engine.merging.ReplicaWeights;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.replica.MergeOutcome;
import org.dlora.replica.RecordedStep;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.cost.CostSamples;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measurement of a replica's device for its cost model. It collects the times of the warm-up's last
 * steps, which are as fast as later ones. If merges are to be expected, it builds merged weights
 * and measures that too. So no constant of another machine decides anything here.
 */
final class Calibration implements EngineObserver {
    private static final Logger log = LoggerFactory.getLogger(Calibration.class);

    /**
     * Seconds that the merges of an adapter may take; of one that is cut short what is done tells.
     */
    private static final double MERGE_LIMIT = 0.3;

    /** Merges of an adapter of which the fastest counts: a pause of the machine is not its pace. */
    private static final int MERGES = 4;

    /** Multiply-adds between two looks at the clock. */
    private static final long MERGE_SLICE = 1L << 24;

    /** No adapter is called so. */
    private static final String UNUSED_ID = "";

    private final List<StepSample> steps = new ArrayList<>();
    private final long mergeBytes;
    private final DoubleSupplier clock;

    /**
     * @param mergeBytes that merged weights may take; what needs more is not merged
     * @param clock seconds
     */
    Calibration(long mergeBytes, DoubleSupplier clock) {
        this.mergeBytes = mergeBytes;
        this.clock = clock;
    }

    @Override
    public void ran(RecordedStep step) {
        if (step.seconds() > 0) {
            steps.add(new StepSample(step.shape(), step.seconds()));
        }
    }

    @Override
    public void preempted() {}

    @Override
    public void began(int promptTokens, int cachedTokens) {}

    @Override
    public void served(AdapterRef adapter, int rows) {}

    @Override
    public void built(MergeOutcome outcome, double seconds) {}

    /** Forgets the steps so far: they were not warm yet. */
    void restart() {
        steps.clear();
    }

    boolean isEmpty() {
        return steps.isEmpty();
    }

    /** Returns the measured steps; the costs of merges are estimated from them. */
    CostSamples samples(Iterable<AdapterTerms> adapters) {
        return new CostSamples(
                steps, List.of(), examples(adapters).stream().map(AdapterTerms::lora).toList());
    }

    /**
     * Returns the measured steps, and merges of the adapters that take most work and least, which
     * are built for it.
     */
    CostSamples samples(ReplicaWeights weights, Iterable<AdapterTerms> adapters) {
        var examples = examples(adapters);
        var merges = new ArrayList<MergeSample>();
        try {
            for (var adapter : examples) {
                merges.add(new MergeSample(adapter.lora(), fastest(weights, adapter)));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            log.warn("Merging could not be measured: {}", e.toString());
        } finally {
            weights.release();
        }
        return merges.isEmpty() ? samples(adapters) : new CostSamples(steps, merges, List.of());
    }

    /** Returns the mergeable adapters that take most work and least. */
    private List<AdapterTerms> examples(Iterable<AdapterTerms> adapters) {
        var mergeable = new ArrayList<AdapterTerms>();
        for (var adapter : adapters) {
            if (isMergeable(adapter)) {
                mergeable.add(adapter);
            }
        }
        if (mergeable.isEmpty()) {
            return List.of();
        }
        var byWork = Comparator.comparingLong((AdapterTerms one) -> one.lora().mergeFlops());
        var most = Collections.max(mergeable, byWork);
        var least = Collections.min(mergeable, byWork);
        return least.lora().mergeFlops() < most.lora().mergeFlops()
                ? List.of(most, least)
                : List.of(most);
    }

    /**
     * Not by its rules: to know these may take a measurement, which only policies that merge need.
     * One that has nothing but biases takes no work, so it tells nothing.
     */
    private boolean isMergeable(AdapterTerms adapter) {
        return adapter.merge().obstacle().isEmpty()
                && adapter.lora().mergeFlops() > 0
                && adapter.lora().mergeBytes() <= mergeBytes;
    }

    /** Seconds of the fastest of some merges, the first of which take new memory. */
    private double fastest(ReplicaWeights weights, AdapterTerms adapter) {
        double began = clock.getAsDouble();
        double least = build(weights, adapter);
        for (int i = 1; i < MERGES && clock.getAsDouble() - began < MERGE_LIMIT; i++) {
            least = Math.min(least, build(weights, adapter));
        }
        return least;
    }

    /** Seconds of all of it, by the pace of what fits into the limit. */
    private double build(ReplicaWeights weights, AdapterTerms adapter) {
        weights.begin(UNUSED_ID, adapter.merge())
                .ifPresent(why -> {
                    throw new IllegalStateException(why);
                });
        long work = weights.remaining();
        double began = clock.getAsDouble();
        double seconds;
        boolean ready;
        do {
            ready = weights.advance(MERGE_SLICE);
            seconds = clock.getAsDouble() - began;
        } while (!ready && seconds < MERGE_LIMIT);
        long done = work - weights.remaining();
        weights.forget(UNUSED_ID);
        return seconds * work / done;
    }
}
