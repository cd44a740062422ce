package org.dlora.scheduling.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.StepShape.Group;
import org.dlora.scheduling.cost.FittedCosts.MergeSample;
import org.dlora.scheduling.cost.FittedCosts.StepSample;
import org.junit.jupiter.api.Test;

class FittedCostsTest {
    private static final List<MergeSample> MERGES =
            List.of(
                    new MergeSample(lora(8), merge(lora(8))),
                    new MergeSample(lora(128), merge(lora(128))));

    @Property(tries = 30)
    void predictsStepsItHasNotSeen(@ForAll long seed) {
        var random = new Random(seed);
        var costs = FittedCosts.fit(samples(random, 250, FittedCostsTest::cpu), MERGES);
        for (var sample : samples(random, 256, FittedCostsTest::cpu)) {
            costs = costs.plus(sample);
        }
        assertThat(costs.error().count()).isEqualTo(256);
        assertThat(costs.error().median()).isLessThan(0.10);
        assertThat(costs.error().p90()).isLessThan(0.25);
    }

    @Property(tries = 30)
    void followsADeviceThatBecomesSlower(@ForAll long seed) {
        var random = new Random(seed);
        var costs = FittedCosts.fit(samples(random, 250, FittedCostsTest::cpu), MERGES);
        for (var sample : samples(random, 150 + 256, s -> 1.7 * cpu(s))) {
            costs = costs.plus(sample);
        }
        assertThat(costs.error().median()).isLessThan(0.12);
    }

    @Property(tries = 30)
    void aPauseOfTheMachineIsNotLearned(@ForAll long seed) {
        var random = new Random(seed);
        var costs = FittedCosts.fit(samples(random, 250, FittedCostsTest::cpu), MERGES);
        var shape = shape(random);
        double before = costs.step(shape);
        var after = costs.plus(new StepSample(shape, 50 * before)).step(shape);
        assertThat(after).isCloseTo(before, within(0.15 * before));
    }

    /**
     * Short steps on a busy machine: some take many times as long as others. A full batch of
     * another adapter is predicted all the same.
     */
    @Property(tries = 20)
    void noisyStepsOfOneRequestLeaveThePredictionsOfFullBatches(@ForAll long seed) {
        var random = new Random(seed);
        var costs = FittedCosts.fit(samples(random, 250, FittedCostsTest::cpu), MERGES);
        var full = new StepShape(0, 32, 32 * 200, 0, List.of(new Group(lora(64), 32)), 32, 0);
        var predicted = new double[1000];
        for (int i = 0; i < 3000; i++) {
            var shape = new StepShape(0, 1, 10 + i % 400, 0, List.of(new Group(lora(16), 1)), 0, 1);
            double pause = random.nextInt(10) == 0 ? 1 + 10 * random.nextDouble() : 1;
            double noise = Math.exp(0.3 * random.nextGaussian());
            costs = costs.plus(new StepSample(shape, cpu(shape) * noise * pause));
            predicted[i % predicted.length] = costs.step(full);
        }
        Arrays.sort(predicted);
        assertThat(predicted[predicted.length / 2]).isBetween(0.5 * cpu(full), 2 * cpu(full));
    }

    /** Calibrations of tiny models had a LoRA group in each step. */
    @Test
    void stepsThatTheFactorsSayNothingOfLeaveThePaceOfOthers() {
        var group = new Group(lora(128), 8);
        var withGroup = new StepShape(0, 8, 0, 0, List.of(group), 0, 0);
        var merged = new StepShape(0, 8, 0, 0, List.of(), 0, 0);
        var doubled = new StepShape(0, 16, 0, 0, List.of(group, group), 0, 0);
        var costs =
                FittedCosts.fit(
                        List.of(
                                new StepSample(withGroup, 1e-4),
                                new StepSample(doubled, 2e-4),
                                new StepSample(merged, 1e-12)),
                        MERGES);
        for (int i = 0; i < 7; i++) {
            costs = costs.plus(new StepSample(merged, 1e-4));
        }
        assertThat(costs.step(withGroup)).isLessThan(1e-3);
        assertThat(costs.step(merged)).isLessThan(1e-3);
    }

    /**
     * Tokens are drawn that were not in the calibration; so steps take longer, but no LoRA term.
     */
    @Test
    void drawingTokensDoesNotMakeMergingLookBetter() {
        var groups = Collections.nCopies(4, new Group(lora(128), 8));
        var unmerged = new StepShape(0, 32, 32 * 200, 0, groups, 0, 32);
        var merged = new StepShape(0, 32, 32 * 200, 0, List.of(), 0, 32);
        double gains = 0;
        for (int seed = 0; seed < 40; seed++) {
            var random = new Random(seed);
            var costs = FittedCosts.fit(sampling(random, List.of(0.0, 0.25)), MERGES);
            for (var sample : sampling(random, List.of(1.0))) {
                costs = costs.plus(sample);
            }
            gains += costs.step(unmerged) - costs.step(merged);
        }
        double actual = cpu(unmerged) - cpu(merged);
        assertThat(gains / 40).isCloseTo(actual, within(0.15 * actual));
    }

    /** Decodes of up to four adapters, in which one of {@code shares} of the tokens are drawn. */
    private static List<StepSample> sampling(Random random, List<Double> shares) {
        var samples = new ArrayList<StepSample>();
        for (int i = 0; i < 300; i++) {
            int rows = 4 * (1 + random.nextInt(16));
            double drawn = shares.get(random.nextInt(shares.size()));
            int sampled = (int) Math.round(drawn * rows);
            var group = new Group(lora(128), rows / 4);
            var shape =
                    new StepShape(
                            0,
                            rows,
                            rows * (long) (1 + random.nextInt(800)),
                            0,
                            Collections.nCopies(random.nextInt(5), group),
                            rows - sampled,
                            sampled);
            double noise = Math.exp(0.05 * random.nextGaussian());
            samples.add(new StepSample(shape, cpu(shape) * noise));
        }
        return samples;
    }

    @Property(tries = 100)
    void moreWorkNeverTakesLess(@ForAll long seed) {
        var random = new Random(seed);
        var costs = FittedCosts.fit(samples(random, 60, s -> random.nextDouble()), MERGES);
        var shape = shape(random);
        var groups = new ArrayList<>(shape.groups());
        groups.add(new Group(lora(16), 3));
        var more =
                new StepShape(
                        shape.prefillRows() + random.nextInt(50),
                        shape.decodeRows() + random.nextInt(5),
                        shape.context() + random.nextInt(5000),
                        shape.prefillContext() + random.nextInt(5000),
                        groups);
        assertThat(costs.step(more)).isGreaterThanOrEqualTo(costs.step(shape)).isFinite();
    }

    @Test
    void costsOfAnAdapterAreFittedApartFromCostsOfTheStep() {
        var costs = FittedCosts.fit(samples(new Random(1), 400, FittedCostsTest::cpu), MERGES);
        var merged = new StepShape(0, 16, 16 * 300, 0, List.of());
        var unmerged = new StepShape(0, 16, 16 * 300, 0, List.of(new Group(lora(64), 16)));
        double ratio = costs.step(merged) / costs.step(unmerged);
        assertThat(ratio).isCloseTo(cpu(merged) / cpu(unmerged), within(0.05));
    }

    @Test
    void predictsMergesBetweenTheRanksItHasSeen() {
        var costs = FittedCosts.fit(samples(new Random(1), 50, FittedCostsTest::cpu), MERGES);
        assertThat(costs.merge(lora(32))).isCloseTo(merge(lora(32)), within(0.1 * merge(lora(32))));
        for (int i = 0; i < 100; i++) {
            costs = costs.plus(new MergeSample(lora(32), 2 * merge(lora(32))));
        }
        assertThat(costs.merge(lora(32)))
                .isCloseTo(2 * merge(lora(32)), within(0.3 * merge(lora(32))));
    }

    @Test
    void aMergeIsEstimatedByStepsThatDoAsMuch() {
        var steps = samples(new Random(1), 400, FittedCostsTest::cpu);
        var costs = FittedCosts.estimate(steps, List.of(lora(8), lora(128)));
        assertThat(costs.isMergeMeasured()).isFalse();
        var one = new StepShape(0, 1, 0, 0, List.of());
        for (int rank : new int[] {8, 32, 128}) {
            var multiplying = new StepShape(rank, 0, 0, 0, List.of());
            double expected = cpu(multiplying) + cpu(one);
            assertThat(costs.merge(lora(rank))).isCloseTo(expected, within(0.3 * expected));
        }
        assertThat(FittedCosts.estimate(steps, List.of()).merge(lora(8)))
                .isGreaterThan(2 * costs.step(one));
    }

    @Test
    void theFirstMergeThatIsMeasuredScalesTheEstimates() {
        var steps = samples(new Random(1), 400, FittedCostsTest::cpu);
        var estimated = FittedCosts.estimate(steps, List.of(lora(8), lora(128)));
        double measured = 5 * estimated.merge(lora(8));
        var known = estimated.plus(new MergeSample(lora(8), measured));
        assertThat(known.isMergeMeasured()).isTrue();
        assertThat(known.merge(lora(8))).isCloseTo(measured, within(1e-9));
        assertThat(known.merge(lora(128))).isCloseTo(5 * estimated.merge(lora(128)), within(1e-9));
        var later = known.plus(new MergeSample(lora(8), 10 * measured)).merge(lora(8));
        assertThat(later).isLessThan(1.5 * measured);
    }

    @Test
    void remembersTheAdaptersOfTheCalibration() {
        var one = new StepShape(0, 4, 4, 0, List.of(new Group(lora(64), 4)));
        var two = new StepShape(0, 4, 4, 0, List.of(new Group(lora(8), 2), new Group(lora(16), 2)));
        var steps = List.of(new StepSample(one, 0.1), new StepSample(two, 0.1));
        var costs = FittedCosts.fit(steps, MERGES).plus(new StepSample(one, 0.1));
        assertThat(costs.typicalAdapters()).containsExactly(lora(8), lora(16));
    }

    @Test
    void refusesTimesAndSamplesThatSayNothing() {
        assertThatThrownBy(() -> FittedCosts.fit(List.of(), MERGES))
                .hasMessageContaining("at least one step");
        assertThatThrownBy(() -> new MergeSample(lora(8), 0)).hasMessageContaining("above 0");
        var none = FittedCosts.fit(samples(new Random(1), 9, FittedCostsTest::cpu), MERGES).error();
        assertThat(none.count()).isZero();
        assertThat(none.median()).isNaN();
    }

    /** Memory or arithmetic, whichever takes longer; attention; LoRA; noise is added elsewhere. */
    private static double cpu(StepShape shape) {
        double seconds = Math.max(0.012, 0.0011 * shape.rows()) + 0.0002 * shape.decodeRows();
        seconds += 6e-7 * shape.context() + 4e-7 * shape.prefillContext();
        for (var group : shape.groups()) {
            double elements = group.lora().elements();
            seconds += 0.0002 + Math.max(elements * 1.5e-10, elements * group.rows() * 1e-11);
        }
        return seconds + 2e-5 * shape.greedyRows() + 2e-3 * shape.sampledRows();
    }

    private static double merge(LoraFacts lora) {
        return 0.005 + lora.mergeBytes() / 20e9 + lora.mergeFlops() / 200e9;
    }

    private static LoraFacts lora(int rank) {
        return new LoraFacts(rank, 60_000L * rank, 200_000_000, 200_000_000L * rank);
    }

    private static List<StepSample> samples(
            Random random, int count, ToDoubleFunction<StepShape> seconds) {
        var samples = new ArrayList<StepSample>();
        for (int i = 0; i < count; i++) {
            var shape = shape(random);
            double noise = Math.exp(0.05 * random.nextGaussian());
            samples.add(new StepSample(shape, 1e-6 + seconds.applyAsDouble(shape) * noise));
        }
        return samples;
    }

    private static StepShape shape(Random random) {
        int decodes = random.nextInt(65);
        int prefill = decodes == 0 || random.nextInt(3) == 0 ? 1 + random.nextInt(400) : 0;
        int rows = decodes + prefill;
        var groups = new ArrayList<Group>();
        for (int left = random.nextInt(rows + 1); left > 0 && random.nextInt(8) > 0; ) {
            int some = 1 + random.nextInt(left);
            groups.add(new Group(lora(8 << random.nextInt(5)), some));
            left -= some;
        }
        return new StepShape(
                prefill,
                decodes,
                decodes * (long) (1 + random.nextInt(800)),
                prefill * (long) (1 + random.nextInt(400)),
                groups);
    }
}
