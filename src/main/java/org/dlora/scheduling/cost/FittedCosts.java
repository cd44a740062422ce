package org.dlora.scheduling.cost;

import java.util.List;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;

/**
 * The costs of one device, fitted to steps and merges that it has run, and corrected by each that
 * it runs. Immutable.
 *
 * <pre>{@code
 * var costs = FittedCosts.fit(steps, merges);      // once, from a few seconds of real steps
 * costs = costs.plus(new StepSample(shape, seconds));   // after each step
 * }</pre>
 */
public final class FittedCosts implements CostModel {
    private static final int MERGE_FEATURES = 3;

    private final LinearCosts steps;
    private final LinearCosts merges;
    private final CostError error;

    /**
     * A step that has run.
     *
     * @param seconds it took, above 0
     */
    public record StepSample(StepShape shape, double seconds) {
        public StepSample {
            checkTime(seconds);
        }
    }

    /**
     * Merged weights that have been built.
     *
     * @param seconds of work, above 0, without the steps between its slices
     */
    public record MergeSample(LoraFacts lora, double seconds) {
        public MergeSample {
            checkTime(seconds);
        }
    }

    private FittedCosts(LinearCosts steps, LinearCosts merges, CostError error) {
        this.steps = steps;
        this.merges = merges;
        this.error = error;
    }

    /**
     * Fits both.
     *
     * @throws IllegalArgumentException if a kind has no sample: nothing can be said of it then
     */
    public static FittedCosts fit(List<StepSample> steps, List<MergeSample> merges) {
        if (steps.isEmpty() || merges.isEmpty()) {
            throw new IllegalArgumentException(
                    "Costs need at least one step and one merge that was measured, not %d and %d"
                            .formatted(steps.size(), merges.size()));
        }
        return new FittedCosts(
                LinearCosts.fit(
                        StepFeatures.COUNT, steps.stream().map(FittedCosts::sample).toList()),
                LinearCosts.fit(MERGE_FEATURES, merges.stream().map(FittedCosts::sample).toList()),
                CostError.NONE);
    }

    @Override
    public double step(StepShape shape) {
        return steps.seconds(StepFeatures.of(shape));
    }

    @Override
    public double merge(LoraFacts lora) {
        return merges.seconds(features(lora));
    }

    /** Corrected by a step, whose prediction counts in {@link #error}. */
    public FittedCosts plus(StepSample sample) {
        var measured = sample(sample);
        return new FittedCosts(steps.plus(measured), merges, error.plus(steps.error(measured)));
    }

    /** Corrected by a merge. */
    public FittedCosts plus(MergeSample sample) {
        return new FittedCosts(steps, merges.plus(sample(sample)), error);
    }

    /** Of the steps since the fit. */
    public CostError error() {
        return error;
    }

    private static LinearCosts.Sample sample(StepSample sample) {
        return new LinearCosts.Sample(StepFeatures.of(sample.shape()), sample.seconds());
    }

    private static LinearCosts.Sample sample(MergeSample sample) {
        return new LinearCosts.Sample(features(sample.lora()), sample.seconds());
    }

    private static double[] features(LoraFacts lora) {
        return new double[] {1, lora.mergeBytes(), lora.mergeFlops()};
    }

    private static void checkTime(double seconds) {
        if (!(seconds > 0 && seconds < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("A measured time is above 0 s, not " + seconds);
        }
    }
}
