package org.dlora.engine;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.RecordedStep;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.Backlog;
import org.dlora.scheduling.Decision;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.PolicySource;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepShape;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests of the snapshots that a policy gets, and of the execution of its plans. */
class SchedulingTest {
    private static final int BLOCKS = 64;
    private static final int MAX_BATCH = 2;

    private static final StepShape SHAPE = new StepShape(1, 0, 0, 1, List.of());

    private final Observed observed = new Observed();
    private final AtomicReference<Snapshot> shown = new AtomicReference<>();
    private double now = 100;

    @Test
    void showsTheOldestOfEachAdapterAndCountsTheRest() {
        var engine = engine(Plans.of(watched(Plans::inOrder)));
        for (int i = 0; i < 5; i++) {
            submit(engine, "bee-" + i, "bee", 10);
        }
        submit(engine, "base", null, 7);
        for (int i = 0; i < 3; i++) {
            submit(engine, "ant-" + i, "ant", 20);
        }
        engine.step();
        engine.step();
        // Two bees run; of those that wait two of each adapter are shown.
        assertThat(ids()).containsExactly(0L, 1L, 2L, 3L, 5L, 6L, 7L);
        assertThat(backlogs())
                .containsEntry("the base model", new Backlog(1, 0, 7))
                .containsEntry("ant", new Backlog(3, 0, 60))
                .containsEntry("bee", new Backlog(5, 2, 30));
        assertThat(shown.get().adapters())
                .extracting(view -> view.id().toString())
                .containsExactly("the base model", "ant", "bee");
        assertThat(shown.get().loaded())
                .extracting(AdapterRef::toString)
                .containsExactly("the base model", "ant", "bee", "cat");
    }

    @Test
    void policiesByArrivalSeeNoMoreWaitingRequestsThanAStepHasPlaces() {
        var engine =
                engine(
                        new SchedulingSettings(
                                new Remembering(watched(Plans::inOrder), true), SloLimits.NONE));
        for (int i = 0; i < 5; i++) {
            submit(engine, "bee-" + i, "bee", 10);
        }
        engine.step();
        assertThat(ids()).containsExactly(0L, 1L);
        engine.step();
        assertThat(ids()).containsExactly(0L, 1L, 2L);
        assertThat(backlogs()).containsEntry("bee", new Backlog(5, 2, 30));
    }

    @Test
    void showsWhenARequestCameWhatItMayCostAndWhatClientsWerePromised() {
        var slo = new SloLimits(2, 0.05);
        var engine = engine(new SchedulingSettings(new Plans(watched(Plans::inOrder)), slo));
        submit(engine, "r", "ant", 10);
        now = 103;
        engine.step();
        assertThat(shown.get().now()).isEqualTo(103);
        assertThat(shown.get().slo()).isEqualTo(slo);
        var request = shown.get().sequences().getFirst().request();
        assertThat(request.arrivedAt()).isEqualTo(100);
        assertThat(request.promptTokens()).isEqualTo(10);
        assertThat(request.maxOutput()).isEqualTo(4);
        assertThat(request.greedy()).isTrue();
    }

    @Test
    void showsTheWeightsOfNowByTheNamesOfAdapters() {
        var policy = new Plans(watched(Plans::inOrder));
        var engine = engine(weighted(policy, Map.of("", 0.5, "gone", 9.0)));
        submit(engine, "r", "ant", 10);
        submit(engine, "base", null, 10);
        engine.step();
        assertThat(weights()).isEqualTo(Map.of("the base model", 0.5, "ant", 1.0));
        engine.schedule(weighted(policy, Map.of("ant", 2.0)));
        engine.step();
        assertThat(weights()).isEqualTo(Map.of("the base model", 1.0, "ant", 2.0));
        assertThat(engine.status().report(0).weights().byName()).isEqualTo(Map.of("ant", 2.0));
    }

    private static SchedulingSettings weighted(PolicySource policy, Map<String, Double> weights) {
        return new SchedulingSettings(
                policy, SloLimits.NONE, MergeSettings.DEFAULT, new ServiceWeights(weights));
    }

    private Map<String, Double> weights() {
        return shown.get().adapters().stream()
                .collect(toMap(v -> v.id().toString(), AdapterView::weight));
    }

    @Test
    void learnsHowLongTheAnswersOfAnAdapterAre() {
        var engine = engine(Plans.of(watched(Plans::inOrder)));
        submit(engine, "first", "ant", 10);
        submit(engine, "cancelled", "ant", 10);
        engine.step();
        engine.cancel("cancelled");
        run(engine);
        submit(engine, "second", "ant", 10);
        engine.step();
        var ant = shown.get().adapters().getFirst();
        assertThat(ant.outputs().answers()).isEqualTo(1);
        assertThat(ant.outputs().mean(0)).isEqualTo(4);
    }

    @Test
    void unselectedSequencesPauseWithTheirBlocks() {
        var engine = engine(Plans.of(watched(SchedulingTest::turns)));
        var recordings =
                List.of(submit(engine, "one", "ant", 20), submit(engine, "other", null, 20));
        for (int i = 0; i < 3; i++) {
            engine.step();
            engine.verify();
        }
        assertThat(shown.get().sequences()).allMatch(SequenceView::holdsBlocks);
        run(engine);
        assertThat(observed.preemptions()).isZero();
        assertThat(observed.rows()).isEqualTo(2 * (20 + 4 - 1));
        assertThat(recordings).allMatch(recording -> recording.tokens().size() == 4);
    }

    @Test
    void aPolicyGetsItsOwnMemoryAndAnotherOneNone() {
        var first = new Remembering(Plans::inOrder, false);
        var engine = engine(new SchedulingSettings(first, SloLimits.NONE));
        submit(engine, "r", "ant", 40);
        engine.step();
        engine.step();
        engine.schedule(new SchedulingSettings(first, new SloLimits(1, 1)));
        engine.step();
        assertThat(remembered()).containsExactly(1.0, 2.0, 3.0);
        engine.schedule(
                new SchedulingSettings(new Remembering(Plans::inOrder, false), SloLimits.NONE));
        submit(engine, "another", "ant", 40);
        engine.step();
        assertThat(remembered()).containsExactly(1.0, 2.0, 3.0, 1.0);
    }

    @Test
    void modesAndTimesOfStepsAreRecorded() {
        var engine =
                engine(
                        Plans.of(snapshot -> {
                            now += 0.5; // As long as planning takes.
                            return Plans.inOrder(snapshot);
                        }));
        submit(engine, "one", "ant", 20);
        submit(engine, "other", null, 20);
        engine.step();
        engine.step();
        var report = engine.status().report(10);
        assertThat(report.policy()).isEqualTo("test");
        assertThat(report.now()).isEqualTo(101);
        assertThat(report.steps()).isEqualTo(observed.steps().reversed());
        var first = report.steps().getLast();
        assertThat(first.number()).isEqualTo(1);
        assertThat(first.at()).isEqualTo(100);
        assertThat(first.seconds()).isEqualTo(0.5);
        assertThat(first.sequences()).isEqualTo(2);
        assertThat(first.rows()).isEqualTo(40);
        assertThat(first.decision().why()).isEqualTo("a test wants it");
        assertThat(engine.status().report(1).steps()).extracting(RecordedStep::number).contains(2L);
    }

    @Test
    void keepsTheLastStepsAndOneASecondBeforeThem() {
        var log = new DecisionLog();
        int steps = 3 * DecisionLog.CAPACITY;
        for (int i = 0; i < steps; i++) {
            log.add(new RecordedStep(i, i / 8.0, 0, 0, SHAPE, 1, 1, 0, decision(0)));
        }
        var latest = log.latest(Integer.MAX_VALUE);
        assertThat(latest.subList(0, DecisionLog.CAPACITY))
                .extracting(RecordedStep::number)
                .containsExactlyElementsOf(numbers(steps - 1, -1, DecisionLog.CAPACITY));
        assertThat(latest.subList(DecisionLog.CAPACITY, latest.size()))
                .extracting(RecordedStep::number)
                .as("the first of each second")
                .containsExactlyElementsOf(numbers(steps - DecisionLog.CAPACITY - 8, -8, 64));
        assertThat(log.latest(2)).isEqualTo(latest.subList(0, 2));
        assertThat(log.latest(DecisionLog.CAPACITY + 1))
                .isEqualTo(latest.subList(0, DecisionLog.CAPACITY + 1));
    }

    private static List<Long> numbers(long first, long step, int count) {
        return LongStream.iterate(first, one -> one + step).limit(count).boxed().toList();
    }

    @Test
    void keepsStepsOfTenMinutes() {
        var log = new DecisionLog();
        for (int i = 0; i < 2 * DecisionLog.MOST; i++) {
            log.add(new RecordedStep(i, i, 0, 0, SHAPE, 1, 1, 0, decision(0)));
        }
        assertThat(log.latest(Integer.MAX_VALUE)).hasSize(DecisionLog.MOST);
    }

    /** Plans one sequence a step, in turns. */
    private static StepPlan turns(Snapshot snapshot) {
        var next =
                snapshot.sequences().stream()
                        .min(
                                Comparator.comparingInt(SequenceView::tokens)
                                        .thenComparingInt(SequenceView::computed))
                        .orElseThrow();
        return new StepPlan(List.of(), List.of(new StepPlan.Run(next.id(), next.pending())));
    }

    private Function<Snapshot, StepPlan> watched(Function<Snapshot, StepPlan> plan) {
        return snapshot -> {
            shown.set(snapshot);
            return plan.apply(snapshot);
        };
    }

    /** Returns the numbers of the sequences in the order of submission. */
    private List<Long> ids() {
        return shown.get().sequences().stream().map(view -> view.id() / 1000).toList();
    }

    private Map<String, Backlog> backlogs() {
        var backlogs = new HashMap<String, Backlog>();
        shown.get().adapters().forEach(view -> backlogs.put(view.id().toString(), view.backlog()));
        return backlogs;
    }

    private List<Double> remembered() {
        var standings = new ArrayList<Double>();
        observed.steps().forEach(step -> standings.addAll(step.decision().standing().values()));
        return standings;
    }

    private static Recording submit(
            Engine engine, String id, @Nullable String adapter, int prompt) {
        var stop = new StopConditions(4, 0, true, Set.of(), List.of(), false);
        var recording = new Recording();
        engine.submit(Requests.of(id, adapter, prompt, stop, SamplingParams.GREEDY), recording);
        return recording;
    }

    private static void run(Engine engine) {
        while (!engine.isIdle()) {
            engine.step();
            engine.verify();
        }
    }

    private Engine engine(SchedulingSettings scheduling) {
        var limits = new StepLimits(MAX_BATCH, 64, 16);
        var settings = new ReplicaSettings("r", limits, BLOCKS, DType.F32, 100, true);
        return new Engine(settings, new FakeModel(BLOCKS).serve(), scheduling, observed, () -> now);
    }

    private static StepDecision decision(int count) {
        return new StepDecision(
                "remembering",
                "",
                "",
                Mode.unmerged(),
                Mode.unmerged(),
                List.of(),
                Double.NaN,
                Map.of(AdapterRef.of("count"), (double) count));
    }

    /** Counts its decisions. */
    private record Remembering(Function<Snapshot, StepPlan> plan, boolean goesByArrivalAlone)
            implements Policy<Integer>, PolicySource {
        @Override
        public boolean mayMerge() {
            return true;
        }

        @Override
        public Policy<?> create() {
            return this;
        }

        @Override
        public String name() {
            return "remembering";
        }

        @Override
        public Integer start() {
            return 0;
        }

        @Override
        public Decision<Integer> decide(Snapshot snapshot, Integer state) {
            return new Decision<>(plan.apply(snapshot), state + 1, decision(state + 1));
        }
    }
}
