package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiPredicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.junit.jupiter.api.Test;

/**
 * What {@code docs/scheduling.md} promises of {@code dlora}, against arrivals that try to break it.
 */
class FairnessTest {
    private static final double ROUNDING = 1e-6;

    @Property(tries = 60)
    void serviceOfAnyTwoThatAreBackloggedDiffersByTheStatedBound(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed));
        crowd.run();
        double widest = crowd.widestGap();
        assertThat(widest).isLessThanOrEqualTo(2 * crowd.lead() + ROUNDING);
        Statistics.label("gap above half of the bound").collect(widest > crowd.lead());
        Statistics.label("ran an adapter alone").collect(crowd.ranAlone());
    }

    @Property(tries = 60)
    void whileOneGetsNothingEachOtherGetsAtMostTheStatedService(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed));
        crowd.run();
        assertThat(crowd.mostWhileAnotherGotNothing())
                .isLessThanOrEqualTo(2 * crowd.lead() + ROUNDING);
    }

    @Property(tries = 50)
    void whoeverIsNotAheadIsServedInTimeWhereMemoryIsNotShort(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed), 100_000, 50);
        crowd.run();
        crowd.assertServedInTime();
    }

    @Property(tries = 30)
    void soItIsWherePromptsAreMuchLongerThanSteps(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed), 100_000, 2000);
        crowd.run();
        crowd.assertServedInTime();
    }

    @Property(tries = 60)
    void anAdapterThatFindsBlocksIsServedInTimeWhereMemoryIsShort(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed));
        crowd.run();
        crowd.assertServedInTimeWhereBlocksAreFound();
    }

    @Test
    void overdueAdaptersAreServedInTimeBesideOneThatFindsNoBlocks() {
        anAdapterThatFindsBlocksIsServedInTimeWhereMemoryIsShort(-50665);
    }

    /** A request that needs more blocks than are free, and one that needs few, both overdue. */
    @Test
    void anOverdueRequestWithoutRoomDoesNotKeepOutAnotherOneThatFits() {
        var settings = DloraSettings.DEFAULT;
        var server =
                new SimulatedServer<>(
                        new DloraPolicy(settings),
                        new StepLimits(8, 128, 16),
                        100,
                        SyntheticCosts.CPU);
        List.of("holder", "large", "small")
                .forEach(name -> server.add(RandomAdapters.adapter(name)));
        var holder = server.submit("holder", 400, 800);
        server.step();
        var large = server.submit("large", 1200, 5);
        server.step();
        var small = server.submit("small", 20, 5);
        while (Double.isNaN(small.firstTokenAt)) {
            server.step();
        }
        double step = server.steps.getLast().end() - server.steps.getLast().start();
        assertThat(small.firstTokenAt - small.arrivedAt).isLessThan(settings.maxWait() + 3 * step);
        assertThat(large.firstTokenAt).isNaN();
        assertThat(holder.endedAt).isNaN();
        server.runToTheEnd();
        assertThat(large.endedAt).isPositive();
    }

    @Test
    void allThatAreOverdueGetTheirTurnsHoweverLongPromptsAre() {
        var limits = new StepLimits(64, 512, 16);
        var settings = DloraSettings.DEFAULT;
        var server =
                new SimulatedServer<>(
                        new DloraPolicy(settings), limits, 100_000, SyntheticCosts.CPU);
        for (int i = 0; i < 33; i++) {
            server.add(RandomAdapters.adapter("adapter-" + i));
            server.submit("adapter-" + i, 20_000, 5);
        }
        var first = new HashMap<String, Double>();
        while (server.now() < settings.maxWait() + 3) {
            server.step();
            var step = server.steps.getLast();
            step.rows().keySet().forEach(adapter -> first.putIfAbsent(adapter, step.end()));
        }
        double step = server.steps.getFirst().end() - server.steps.getFirst().start();
        assertThat(first).hasSize(33);
        assertThat(first.values()).allMatch(t -> t <= settings.maxWait() + 3 * step);
    }

    @Property(tries = 30)
    void withinAnAdapterNobodyPassesOverAnOlderOneThatHasBlocks(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed), 100_000, seed % 2 == 0 ? 50 : 2000);
        crowd.run();
        for (var step : crowd.server.steps) {
            for (var adapter : step.rows().keySet()) {
                assertThat(passedOver(step, adapter)).noneMatch(SequenceView::holdsBlocks);
            }
        }
    }

    @Property(tries = 30)
    void whoeverWaitsIsPassedOverInNoMoreStepsThanOlderOnesOfItsAdapterWait(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed), 100_000, seed % 2 == 0 ? 50 : 2000);
        crowd.run();
        var olderOnes = new HashMap<Long, Integer>();
        var times = new HashMap<Long, Integer>();
        for (var step : crowd.server.steps) {
            for (var adapter : crowd.weights.keySet()) {
                var waiting = waiting(step, adapter);
                for (int i = 0; i < waiting.size(); i++) {
                    olderOnes.putIfAbsent(waiting.get(i).id(), i);
                }
                if (comeIn(step, waiting) > 0) {
                    passedOver(step, adapter).forEach(v -> times.merge(v.id(), 1, Integer::sum));
                }
            }
        }
        times.forEach((id, count) ->
                assertThat(count).isLessThanOrEqualTo(olderOnes.getOrDefault(id, 0)));
        Statistics.label("passed over").collect(!times.isEmpty());
    }

    private static List<SequenceView> waiting(StepReport step, String adapter) {
        return step.snapshot().sequences().stream()
                .filter(v -> v.adapter().is(adapter) && !v.holdsBlocks())
                .toList();
    }

    private static long comeIn(StepReport step, List<SequenceView> waiting) {
        return waiting.stream().filter(v -> runs(step, v)).count();
    }

    private static boolean decodes(SequenceView view) {
        return view.holdsBlocks() && view.pending() == 1;
    }

    private static boolean runs(StepReport step, SequenceView view) {
        return step.decision().plan().run().stream().anyMatch(run -> run.sequence() == view.id());
    }

    /** Requests that get nothing while rows of a younger one's prompt run, of their adapter. */
    private static List<SequenceView> passedOver(StepReport step, String adapter) {
        var its =
                step.snapshot().sequences().stream().filter(v -> v.adapter().is(adapter)).toList();
        long youngest =
                its.stream()
                        .filter(v -> runs(step, v) && !decodes(v))
                        .mapToLong(SequenceView::id)
                        .max()
                        .orElse(-1);
        return its.stream().filter(v -> v.id() < youngest && !runs(step, v)).toList();
    }

    @Test
    void anAdapterThatFindsNoBlocksIsNotChosenToRunAlone() {
        whileOneGetsNothingEachOtherGetsAtMostTheStatedService(144);
    }

    @Test
    void whoeverWasJustServedGoesBehindOthersThatAreOverdue() {
        whoeverIsNotAheadIsServedInTimeWhereMemoryIsNotShort(-5610239);
    }

    @Test
    void arrivalOrderBreaksTheBoundSoItIsNoEmptyOne() {
        var limits = new StepLimits(4, 32, 16);
        var inOrder =
                new SimulatedServer<>(new ArrivalOrderPolicy(), limits, 200, SyntheticCosts.CPU);
        var fair =
                new SimulatedServer<>(
                        new DloraPolicy(DloraSettings.DEFAULT), limits, 200, SyntheticCosts.CPU);
        assertThat(waitBehindAFlood(inOrder)).isGreaterThan(20 * waitBehindAFlood(fair));
    }

    private static double waitBehindAFlood(SimulatedServer<?> server) {
        server.add(RandomAdapters.adapter("hot"));
        server.add(RandomAdapters.adapter("cold"));
        for (int i = 0; i < 300; i++) {
            server.submit("hot", 20, 40);
        }
        server.step();
        var cold = server.submit("cold", 20, 5);
        server.runToTheEnd();
        return cold.firstTokenAt - cold.arrivedAt;
    }

    /** Adapters of several weights whose requests come in floods, drips and silences. */
    private static final class Crowd {
        private final Random random;
        private final int longestPrompt;
        private final StepLimits limits;
        private final DloraSettings settings;
        private final SimulatedServer<DloraState> server;
        private final Map<String, Double> weights = new HashMap<>();
        private final List<Map<AdapterRef, Double>> leadsBefore = new ArrayList<>();

        Crowd(Random random) {
            this(random, 8 + random.nextInt(40), 50);
        }

        Crowd(Random random, int blocks, int longestPrompt) {
            this.random = random;
            this.longestPrompt = longestPrompt;
            limits = new StepLimits(1 + random.nextInt(8), 4 + random.nextInt(60), 16);
            settings =
                    new DloraSettings(1, 2, random.nextInt(200), 0.2 + random.nextDouble(), 0.02);
            double element = random.nextBoolean() ? 0 : 1e-9;
            var costs = new SyntheticCosts(0.01, 0.0005, 0.001, element, 0.2);
            server = new SimulatedServer<>(new DloraPolicy(settings), limits, blocks, costs);
            for (int i = 0; i < 2 + random.nextInt(5); i++) {
                double weight = random.nextInt(3) == 0 ? 0.5 + 2 * random.nextDouble() : 1;
                weights.put("adapter-" + i, weight);
                server.add(
                        RandomAdapters.adapter(
                                "adapter-" + i, 8 << random.nextInt(5), MergeRules.FREE, weight));
            }
        }

        /** What one may be ahead by after a step. */
        double lead() {
            double least = weights.values().stream().mapToDouble(w -> w).min().orElse(1);
            double step = settings.stepService(limits) / least;
            return Math.max(settings.maxLead(), step) + step;
        }

        void run() {
            var names = new ArrayList<>(weights.keySet());
            for (int phase = 0; phase < 4; phase++) {
                var hot = names.get(random.nextInt(names.size()));
                double others = random.nextDouble() * 0.3;
                for (int i = 0; i < 120; i++) {
                    for (var name : names) {
                        if (random.nextDouble() < (name.equals(hot) ? 0.7 : others)) {
                            submit(name);
                        }
                    }
                    step();
                }
                for (int i = random.nextInt(400); i > 0; i--) {
                    step();
                }
            }
        }

        private void submit(String adapter) {
            int prompt = 1 + random.nextInt(longestPrompt);
            int outputs = 1 + random.nextInt(60);
            if (random.nextInt(8) == 0) {
                server.submitEcho(adapter, prompt, outputs);
            } else {
                server.submit(adapter, prompt, outputs);
            }
        }

        private void step() {
            if (!server.isIdle()) {
                leadsBefore.add(server.state().leads());
                server.step();
            }
        }

        void assertServedInTime() {
            assertServedInTime(longestWaitOfOneNotAhead((_, _) -> true));
        }

        void assertServedInTimeWhereBlocksAreFound() {
            assertServedInTime(longestWaitOfOneNotAhead(this::findsBlocks));
        }

        private void assertServedInTime(double longestWait) {
            double longestStep =
                    server.steps.stream().mapToDouble(s -> s.end() - s.start()).max().orElse(0);
            int turns =
                    Math.ceilDiv(weights.size(), Math.min(limits.maxBatch(), limits.maxTokens()))
                            + 1;
            assertThat(longestWait)
                    .isLessThanOrEqualTo(settings.maxWait() + turns * longestStep + ROUNDING);
        }

        boolean ranAlone() {
            return server.steps.stream()
                    .anyMatch(s -> s.decision().explanation().chosen().startsWith("merged:"));
        }

        /** Of any two, over all stretches of steps after each of which both were backlogged. */
        double widestGap() {
            double widest = 0;
            for (var one : weights.entrySet()) {
                for (var other : weights.entrySet()) {
                    widest = Math.max(widest, widestGap(one, other));
                }
            }
            return widest;
        }

        private double widestGap(Map.Entry<String, Double> one, Map.Entry<String, Double> other) {
            double widest = 0;
            double difference = 0;
            double lowest = Double.POSITIVE_INFINITY;
            for (var step : server.steps) {
                difference +=
                        step.service().getOrDefault(one.getKey(), 0.0) / one.getValue()
                                - step.service().getOrDefault(other.getKey(), 0.0)
                                        / other.getValue();
                if (step.waiting().contains(one.getKey())
                        && step.waiting().contains(other.getKey())) {
                    lowest = Math.min(lowest, difference);
                    widest = Math.max(widest, difference - lowest);
                } else {
                    lowest = Double.POSITIVE_INFINITY;
                }
            }
            return widest;
        }

        double mostWhileAnotherGotNothing() {
            double most = 0;
            for (var hungry : weights.keySet()) {
                var got = new HashMap<String, Double>();
                for (var step : server.steps) {
                    if (!step.waiting().contains(hungry) || step.service().containsKey(hungry)) {
                        got.clear();
                        continue;
                    }
                    step.service()
                            .forEach((adapter, service) ->
                                    got.merge(
                                            adapter,
                                            service / weights.getOrDefault(adapter, 1.0),
                                            Double::sum));
                    most =
                            Math.max(
                                    most,
                                    got.values().stream().mapToDouble(s -> s).max().orElse(0));
                }
            }
            return most;
        }

        /** Whether its oldest request has blocks, or finds them whoever else comes in. */
        private boolean findsBlocks(Snapshot snapshot, String adapter) {
            int spare = snapshot.freeBlocks();
            var oldest = new HashMap<AdapterRef, SequenceView>();
            for (var view : snapshot.sequences()) {
                oldest.putIfAbsent(view.adapter(), view);
                spare -= view.holdsBlocks() ? view.blocksToNextToken(limits) + 1 : 0;
            }
            for (var view : oldest.values()) {
                boolean isItself = view.adapter().is(adapter);
                if (isItself && view.holdsBlocks()) {
                    return true;
                }
                boolean needsBlocks = isItself || (!view.holdsBlocks() && fits(snapshot, view));
                spare -= needsBlocks ? view.blocksToNextToken(limits) + 1 : 0;
            }
            return spare >= 0;
        }

        private boolean fits(Snapshot snapshot, SequenceView view) {
            return view.blocksToNextToken(limits) < snapshot.freeBlocks();
        }

        private double longestWaitOfOneNotAhead(BiPredicate<Snapshot, String> condition) {
            double longest = 0;
            for (var adapter : weights.keySet()) {
                double since = Double.NaN;
                for (int i = 0; i < server.steps.size(); i++) {
                    var step = server.steps.get(i);
                    double ahead = leadsBefore.get(i).getOrDefault(AdapterRef.of(adapter), 0.0);
                    boolean isPassedOver =
                            step.waiting().contains(adapter)
                                    && !step.rows().containsKey(adapter)
                                    && ahead <= settings.maxLead()
                                    && condition.test(step.snapshot(), adapter);
                    if (!isPassedOver) {
                        since = Double.NaN;
                    } else {
                        since = Double.isNaN(since) ? step.start() : since;
                        longest = Math.max(longest, step.end() - since);
                    }
                }
            }
            return longest;
        }
    }
}
