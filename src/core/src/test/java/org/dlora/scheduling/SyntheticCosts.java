package org.dlora.scheduling;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.scheduling.cost.CostSamples;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;

/**
 * A device that is easy to reckon with.
 *
 * @param step seconds of a step whatever runs
 * @param row seconds of a row
 * @param group seconds of a LoRA group whatever its rows
 * @param element seconds of a row and an element of its A and B
 * @param merge seconds of building merged weights
 */
public record SyntheticCosts(double step, double row, double group, double element, double merge)
        implements CostModel {
    /** Steps of tens of milliseconds; LoRA of rank 128 costs half a row. */
    public static final SyntheticCosts CPU = new SyntheticCosts(0.010, 0.001, 0.0002, 6e-11, 0.15);

    @Override
    public double step(StepShape shape) {
        double seconds = step + row * shape.rows();
        for (var group : shape.groups()) {
            seconds += this.group + element * group.lora().elements() * group.rows();
        }
        return seconds;
    }

    @Override
    public List<LoraFacts> typicalAdapters() {
        return Collections.nCopies(8, RandomAdapters.adapter("typical").lora());
    }

    @Override
    public double merge(LoraFacts lora) {
        return merge;
    }

    /** Returns measurements of steps of all kinds, and of merges. */
    public CostSamples samples() {
        var merges =
                IntStream.rangeClosed(3, 7)
                        .mapToObj(i -> lora(1 << i))
                        .map(lora -> new MergeSample(lora, merge(lora)))
                        .toList();
        return new CostSamples(stepSamples(), merges, List.of());
    }

    /** Returns measurements of steps alone, so that what merges cost is estimated. */
    public CostSamples samplesWithoutMerges() {
        return new CostSamples(stepSamples(), List.of(), List.of());
    }

    private List<StepSample> stepSamples() {
        var random = new Random(0);
        var typical = typicalAdapters().stream().map(lora -> new StepShape.Group(lora, 4)).toList();
        return Stream.concat(
                        Stream.of(new StepShape(0, 32, 32 * 100, 0, typical)),
                        IntStream.range(0, 300).mapToObj(_ -> shape(random)))
                .map(shape -> new StepSample(shape, step(shape)))
                .toList();
    }

    private static StepShape shape(Random random) {
        int decodes = 1 + random.nextInt(1 << random.nextInt(10));
        int prefill = random.nextInt(3) == 0 ? random.nextInt(512) : 0;
        var groups = new ArrayList<StepShape.Group>();
        int left = decodes + prefill;
        for (int i = random.nextInt(6); i > 0 && left > 0; i--) {
            int rows = 1 + random.nextInt(left);
            groups.add(new StepShape.Group(lora(8 << random.nextInt(5)), rows));
            left -= rows;
        }
        return new StepShape(
                prefill,
                decodes,
                (long) decodes * random.nextInt(2000),
                (long) prefill * random.nextInt(2000),
                groups,
                random.nextInt(decodes),
                random.nextInt(decodes));
    }

    private static LoraFacts lora(int rank) {
        return RandomAdapters.adapter("any", rank, MergeRules.FREE).lora();
    }
}
