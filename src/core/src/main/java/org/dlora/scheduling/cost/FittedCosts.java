package org.dlora.scheduling.cost;

import static java.util.Comparator.comparingInt;

import java.util.List;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;

/**
 * The costs of one device, fitted to measured steps and merges. Each further measurement corrects
 * them. Immutable.
 *
 * <pre>{@code
 * // once, from a few seconds of real steps
 * var costs = FittedCosts.fit(steps, merges);
 * // after each step
 * costs = costs.plus(new StepSample(shape, seconds));
 * }</pre>
 */
public final class FittedCosts implements CostModel {
    private static final int MERGE_FEATURES = 3;

    /** Rank of an adapter of which nothing is known. */
    private static final int USUAL_RANK = 16;

    /** Least predicted seconds: nothing takes no time. */
    private static final double LEAST = 1e-6;

    private final LinearCosts steps;
    private final LinearCosts merges;
    private final boolean isMergeMeasured;
    private final List<LoraFacts> typicalAdapters;
    private final CostError error;

    /**
     * A measured step.
     *
     * @param seconds measured time, above 0
     */
    public record StepSample(StepShape shape, double seconds) {
        public StepSample {
            checkTime(seconds);
        }
    }

    /**
     * A measured build of merged weights.
     *
     * @param seconds measured time of the work, above 0, without the steps between its slices
     */
    public record MergeSample(LoraFacts lora, double seconds) {
        public MergeSample {
            checkTime(seconds);
        }
    }

    private FittedCosts(
            LinearCosts steps,
            LinearCosts merges,
            boolean isMergeMeasured,
            List<LoraFacts> typicalAdapters,
            CostError error) {
        this.steps = steps;
        this.merges = merges;
        this.isMergeMeasured = isMergeMeasured;
        this.typicalAdapters = typicalAdapters;
        this.error = error;
    }

    /**
     * Fits steps and merges.
     *
     * @throws IllegalArgumentException if there is no step or no merge
     */
    public static FittedCosts fit(List<StepSample> steps, List<MergeSample> merges) {
        if (steps.isEmpty() || merges.isEmpty()) {
            throw new IllegalArgumentException(
                    "Costs need at least one step and one merge that was measured, not %d and %d"
                            .formatted(steps.size(), merges.size()));
        }
        return new FittedCosts(
                fitSteps(steps), fitMerges(merges), true, typicalAdapters(steps), CostError.NONE);
    }

    /**
     * Fits steps, and estimates merges from them until one is measured. A merge of rank r is
     * assumed to multiply as much as a prefill of r rows. It is assumed to read all weights as a
     * step of one row does, and to write as much.
     *
     * @param mergeable adapters that may be merged, all of them or examples; the estimate is too
     *     high for adapters of few layers
     * @throws IllegalArgumentException if there is no step
     */
    public static FittedCosts estimate(List<StepSample> steps, List<LoraFacts> mergeable) {
        if (steps.isEmpty()) {
            throw new IllegalArgumentException("Costs need at least one step that was measured");
        }
        var fitted = fitSteps(steps);
        var examples =
                mergeable.isEmpty()
                        ? List.of(new LoraFacts(USUAL_RANK, 0, 0, 0))
                        : List.copyOf(mergeable);
        var merges = examples.stream().map(lora -> new MergeSample(lora, likeSteps(lora, fitted)));
        return new FittedCosts(
                fitted, fitMerges(merges.toList()), false, typicalAdapters(steps), CostError.NONE);
    }

    /** Returns the adapters of the step that has most of them. */
    private static List<LoraFacts> typicalAdapters(List<StepSample> steps) {
        return steps.stream()
                .map(step -> step.shape().groups())
                .max(comparingInt(List::size))
                .orElse(List.of())
                .stream()
                .map(StepShape.Group::lora)
                .toList();
    }

    private static double likeSteps(LoraFacts lora, LinearCosts steps) {
        var multiplying = new StepShape(Math.max(2, lora.rank()), 0, 0, 0, List.of());
        var writing = new StepShape(0, 1, 0, 0, List.of());
        return Math.max(
                LEAST,
                steps.seconds(StepFeatures.of(multiplying))
                        + steps.seconds(StepFeatures.of(writing)));
    }

    private static LinearCosts fitSteps(List<StepSample> steps) {
        return LinearCosts.fit(
                StepFeatures.COUNT, steps.stream().map(FittedCosts::sample).toList());
    }

    private static LinearCosts fitMerges(List<MergeSample> merges) {
        return LinearCosts.fit(MERGE_FEATURES, merges.stream().map(FittedCosts::sample).toList());
    }

    @Override
    public double step(StepShape shape) {
        return steps.seconds(StepFeatures.of(shape));
    }

    @Override
    public double merge(LoraFacts lora) {
        return merges.seconds(features(lora));
    }

    /** Returns these costs corrected by a step, whose prediction counts in {@link #error}. */
    public FittedCosts plus(StepSample sample) {
        var measured = sample(sample);
        return new FittedCosts(
                steps.plus(measured),
                merges,
                isMergeMeasured,
                typicalAdapters,
                error.plus(steps.error(measured)));
    }

    /** Returns these costs corrected by a merge; the first measured merge rescales the estimate. */
    public FittedCosts plus(MergeSample sample) {
        var measured = sample(sample);
        return new FittedCosts(
                steps,
                isMergeMeasured ? merges.plus(measured) : merges.scaledTo(measured),
                true,
                typicalAdapters,
                error);
    }

    /** Returns whether {@link #merge} is fitted to measured merges. */
    public boolean isMergeMeasured() {
        return isMergeMeasured;
    }

    @Override
    public boolean isMergeEstimated() {
        return !isMergeMeasured;
    }

    @Override
    public List<LoraFacts> typicalAdapters() {
        return typicalAdapters;
    }

    /** Returns the error over the steps since the fit. */
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
