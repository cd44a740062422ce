package org.dlora.scheduling.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.StepShape.Group;
import org.dlora.scheduling.cost.FittedCosts.StepSample;

/**
 * Tests of predictions for steps of a server under load, on a device whose costs are of another
 * form than the features: each operation waits for memory or for arithmetic. Calibrated with what a
 * warm-up runs, and disturbed as virtual machines are.
 */
class HeldOutStepsTest {
    private static final double BYTES_PER_SECOND = 50e9;
    private static final double FLOPS = 0.8e12;
    private static final double PARAMETERS = 135e6;
    private static final double KV_BYTES = 23e3;

    private static final double NOISE = 0.05;
    private static final double PAUSES = 0.04;
    private static final int STEPS = 1200;
    private static final int SERVERS = 4;

    private static final List<LoraFacts> ADAPTERS =
            List.of(lora(8), lora(16), lora(32), lora(8), lora(16), lora(32), lora(8), lora(16));

    @Property(tries = 15)
    void stepsUnderLoadAreForeseen(@ForAll long seed, @ForAll @From("inFlight") int inFlight) {
        var errors = errors(seed, inFlight, _ -> 1);
        assertThat(quantile(errors, 0.5)).isLessThan(0.10);
        assertThat(quantile(errors, 0.9)).isLessThan(0.25);
    }

    /** Errors are those of several servers, as one may follow a few of its changes late. */
    @Property(tries = 5)
    void stepsAreForeseenWhereTheMachineKeepsChangingItsPace(
            @ForAll long seed, @ForAll @From("inFlight") int inFlight) {
        var errors =
                new Random(seed)
                        .longs(SERVERS)
                        .mapToObj(each ->
                                errors(each, inFlight, step -> step / 100 % 2 == 0 ? 1 : 1.8))
                        .flatMapToDouble(Arrays::stream)
                        .toArray();
        assertThat(quantile(errors, 0.5)).isLessThan(0.10);
        assertThat(quantile(errors, 0.9)).isLessThan(0.25);
    }

    @Property(tries = 15)
    void aNewPaceIsFollowedWithinAFewSteps(
            @ForAll long seed, @ForAll @From("inFlight") int inFlight) {
        var errors = errors(seed, inFlight, step -> step < 600 ? 1 : 2.5);
        assertThat(quantile(Arrays.copyOfRange(errors, 606, 630), 0.5)).isLessThan(0.12);
    }

    @Provide
    Arbitrary<Integer> inFlight() {
        return Arbitraries.of(1, 16, 64);
    }

    /** Returns the relative error of each step's prediction. */
    private static double[] errors(long seed, int inFlight, IntToDoubleFunction pace) {
        var random = new Random(seed);
        var costs = FittedCosts.estimate(warmUp(random), ADAPTERS);
        var load = new ServedLoad(random, inFlight, ADAPTERS);
        var errors = new double[STEPS];
        for (int step = 0; step < STEPS; step++) {
            var shape = load.next();
            double seconds = pace.applyAsDouble(step) * measured(random, shape);
            errors[step] = Math.abs(costs.step(shape) / seconds - 1);
            costs = costs.plus(new StepSample(shape, seconds));
        }
        return errors;
    }

    /** Waves of short sequences: prefills, then decodes; and decodes that share a long prompt. */
    private static List<StepSample> warmUp(Random random) {
        var samples = new ArrayList<StepSample>();
        for (int n = 1; n <= 64; n *= 4) {
            int prompt = Math.clamp(n, 8, 512 / n);
            samples.add(sample(random, wave(n, prompt, 0)));
            for (int i = 1; i < Math.clamp(64 / n, 4, 16); i++) {
                samples.add(sample(random, wave(n, 1, prompt + i)));
            }
        }
        samples.add(sample(random, new StepShape(257, 0, 0, 257 * 258L / 2, List.of())));
        for (int i = 1; i <= 4; i++) {
            samples.add(sample(random, new StepShape(0, 16, 16 * (256L + i), 0, List.of())));
        }
        return samples;
    }

    private static StepShape wave(int sequences, int rows, long context) {
        var groups = new ArrayList<Group>();
        for (int i = 0; i < Math.min(sequences, ADAPTERS.size()); i++) {
            groups.add(
                    new Group(
                            ADAPTERS.get(i), Math.ceilDiv(sequences - i, ADAPTERS.size()) * rows));
        }
        return rows == 1
                ? new StepShape(0, sequences, sequences * context, 0, groups)
                : new StepShape(
                        sequences * rows, 0, 0, sequences * (rows * (rows + 1L) / 2), groups);
    }

    private static StepSample sample(Random random, StepShape shape) {
        return new StepSample(shape, measured(random, shape));
    }

    private static double measured(Random random, StepShape shape) {
        double noise = Math.exp(NOISE * random.nextGaussian());
        double pause = random.nextDouble() < PAUSES ? 1.3 + 5 * random.nextDouble() : 1;
        return noise * pause * device(shape);
    }

    private static double device(StepShape shape) {
        double seconds = 0.001 + either(2 * PARAMETERS, 2 * PARAMETERS * shape.rows());
        seconds += 20e-6 * shape.decodeRows();
        seconds += either(KV_BYTES * shape.context(), 2 * KV_BYTES * shape.context());
        seconds += 2 * KV_BYTES * shape.prefillContext() / FLOPS;
        for (var group : shape.groups()) {
            double elements = group.lora().elements();
            seconds += 0.0003 + either(2 * elements, 5 * elements * group.rows());
        }
        return seconds;
    }

    private static double either(double bytes, double flops) {
        return Math.max(bytes / BYTES_PER_SECOND, flops / FLOPS);
    }

    private static LoraFacts lora(int rank) {
        return new LoraFacts(rank, 305_000L * rank, 212_000_000, 212_000_000L * rank);
    }

    private static double quantile(double[] errors, double share) {
        var sorted = errors.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(share * sorted.length) - 1];
    }
}
