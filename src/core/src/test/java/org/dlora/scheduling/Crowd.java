package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiPredicate;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.fair.DloraState;

/** Adapters of several weights whose requests come in floods, drips and silences. */
final class Crowd {
    static final double ROUNDING = 1e-6;

    private final Random random;
    private final int longestPrompt;
    private final StepLimits limits;
    private final DloraSettings settings;
    final SimulatedServer<DloraState> server;
    final Map<String, Double> weights = new HashMap<>();
    private final List<Map<Flow, Double>> leadsBefore = new ArrayList<>();

    Crowd(Random random) {
        this(random, 8 + random.nextInt(40), 50);
    }

    Crowd(Random random, int blocks, int longestPrompt) {
        this.random = random;
        this.longestPrompt = longestPrompt;
        limits = new StepLimits(1 + random.nextInt(8), 4 + random.nextInt(60), 16);
        settings = new DloraSettings(1, 2, random.nextInt(200), 0.2 + random.nextDouble(), 0.02);
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

    /** Largest lead of an adapter after a step. */
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
                Math.ceilDiv(weights.size(), Math.min(limits.maxBatch(), limits.maxTokens())) + 1;
        assertThat(longestWait)
                .isLessThanOrEqualTo(settings.maxWait() + turns * longestStep + ROUNDING);
    }

    boolean ranAlone() {
        return server.steps.stream()
                .anyMatch(s -> s.decision().explanation().chosen().startsWith("merged:"));
    }

    /**
     * Largest gap of service between two adapters, over all stretches in which both stay
     * backlogged.
     */
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
                            - step.service().getOrDefault(other.getKey(), 0.0) / other.getValue();
            if (step.waiting().contains(one.getKey()) && step.waiting().contains(other.getKey())) {
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
                most = Math.max(most, got.values().stream().mapToDouble(s -> s).max().orElse(0));
            }
        }
        return most;
    }

    /**
     * Whether the adapter's oldest request holds blocks, or finds some whatever else is admitted.
     */
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
                double ahead =
                        leadsBefore.get(i).getOrDefault(Flow.of(AdapterRef.of(adapter)), 0.0);
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
