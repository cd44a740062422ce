package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.dlora.engine.merging.FakeWeights;
import org.dlora.replica.MergeOutcome;
import org.dlora.replica.MergeSettings;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.cost.CostSamples;
import org.dlora.scheduling.cost.FittedCosts.StepSample;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests of the modes and targets that plans name. */
class MergingTest {
    private static final int BLOCKS = 64;
    private static final Mode ANT = Mode.merged("ant");
    private static final Mode BEE = Mode.merged("bee");

    private final Observed observed = new Observed();
    private final FakeModel model = new FakeModel(BLOCKS);
    private final FakeWeights weights = model.merge();
    private final AtomicReference<Snapshot> shown = new AtomicReference<>();
    private Mode target = Mode.unmerged();
    private @Nullable Mode forced;
    private double now;
    private final Engine engine = engine(new MergeSettings(0.2, 10));

    @Test
    void buildsBetweenStepsAndSwitchesAtAStepBoundary() {
        submit("r", "ant", 200);
        step();
        target = ANT;
        step(); // Begins after the step.
        assertThat(weights.building()).contains("ant");
        assertThat(weights.merged()).isEmpty();
        int steps = 0;
        while (weights.merged().isEmpty()) {
            assertThat(shown.get().merge().mode()).isEqualTo(Mode.unmerged());
            step();
            steps++;
        }
        assertThat(steps).isGreaterThan(3);
        assertThat(shown.get().merge().ready()).containsExactly("ant");
        assertThat(observed.built()).containsExactly(MergeOutcome.READY);
        step();
        assertThat(shown.get().merge().mode()).isEqualTo(ANT);
        assertThat(engine.status().report(1).merge().mode()).isEqualTo(ANT);
        assertThat(engine.status().copyBytes()).isEqualTo(FakeWeights.BYTES);
    }

    @Test
    void aBuildTakesItsShareOfTheTime() {
        submit("r", "ant", 200);
        target = ANT;
        step();
        step();
        step();
        double began = now;
        double before = shown.get().merge().remaining(ANT);
        step();
        step();
        // A step takes 1 s, so 0.25 s of building go with it: 25 of 1000 multiply-adds.
        assertThat(now - began).isCloseTo(2 * 1.25, within(0.05));
        assertThat(before - shown.get().merge().remaining(ANT)).isPositive();
    }

    @Test
    void dropsABuildThatIsNotWantedAnyMore() {
        submit("r", "ant", 200);
        target = ANT;
        step();
        step();
        target = BEE;
        step();
        assertThat(weights.building()).contains("bee");
        target = Mode.unmerged();
        step();
        assertThat(weights.building()).isEmpty();
        assertThat(observed.built()).containsExactly(MergeOutcome.DROPPED, MergeOutcome.DROPPED);
    }

    @Test
    void goesBackToKeptCopiesAtOnce() {
        submit("r", "ant", 200);
        merge(ANT);
        target = Mode.unmerged();
        step();
        step();
        assertThat(weights.merged()).isEmpty();
        assertThat(shown.get().merge().isReady(ANT)).isTrue();
        target = ANT;
        step();
        assertThat(weights.merged()).contains("ant");
        assertThat(observed.built()).containsExactly(MergeOutcome.READY);
    }

    @Test
    void aReadyMergeIsKeptIfAnotherTargetIsWantedJustThen() {
        submit("r", "ant", 400);
        target = ANT;
        for (int i = 0; i < 100 && observed.built().isEmpty(); i++) {
            step();
        }
        assertThat(observed.built()).containsExactly(MergeOutcome.READY);
        double spent = observed.builtSeconds();
        target = Mode.unmerged();
        forced = Mode.unmerged();
        step();
        step();
        assertThat(weights.building()).isEmpty();
        assertThat(shown.get().merge().isReady(ANT)).isTrue();
        forced = null;
        target = ANT;
        step();
        assertThat(weights.merged()).contains("ant");
        assertThat(observed.built()).containsExactly(MergeOutcome.READY);
        assertThat(observed.builtSeconds()).isEqualTo(spent);
    }

    @Test
    void aStepInKeptWeightsLetsTheBuildOfOthersGoOn() {
        submit("r", "ant", 400);
        submit("another", "bee", 400);
        merge(ANT);
        forced = ANT;
        target = BEE;
        step();
        step();
        forced = Mode.unmerged();
        step();
        assertThat(weights.kept()).contains("ant");
        assertThat(weights.building()).contains("bee");
        long before = weights.remaining();
        forced = ANT;
        step();
        assertThat(weights.merged()).contains("ant");
        assertThat(weights.building()).contains("bee");
        assertThat(weights.remaining()).isLessThan(before);
        assertThat(observed.built()).containsExactly(MergeOutcome.READY);
    }

    @Test
    void aBuildOfAnAdapterThatIsUnloadedIsDropped() {
        submit("r", "ant", 200);
        submit("another", "bee", 200);
        target = BEE;
        step();
        step();
        engine.cancel("another");
        engine.unload("bee");
        assertThat(observed.built()).containsExactly(MergeOutcome.DROPPED);
    }

    @Test
    void givesCopiesBackThatWereNotUsedForAWhile() {
        submit("r", "ant", 400);
        merge(ANT);
        target = Mode.unmerged();
        step();
        assertThat(engine.status().copyBytes()).isEqualTo(FakeWeights.BYTES);
        for (int i = 0; i < 12; i++) {
            step();
        }
        assertThat(engine.status().copyBytes()).isZero();
    }

    @Test
    void anIdleReplicaGivesBackEverything() {
        submit("r", "ant", 200);
        merge(ANT);
        engine.cancel("r");
        engine.releaseCopies();
        assertThat(engine.status().copyBytes()).isZero();
        assertThat(engine.status().report(0).merge()).isEqualTo(view(Mode.unmerged()));
    }

    @Test
    void anAdapterThatIsUnloadedIsUnmergedFirst() {
        submit("ant", "ant", 200);
        submit("bee", "bee", 200);
        merge(ANT);
        engine.cancel("ant");
        engine.unload("ant");
        assertThat(weights.merged()).isEmpty();
        target = BEE;
        step();
        engine.cancel("bee");
        engine.unload("bee");
        assertThat(weights.building()).isEmpty();
        assertThat(weights.kept()).isEmpty();
    }

    @Test
    void aFailureLeavesTheWeightsAsTheyAreAndTheViewSaysWhy() {
        weights.failFor("bee");
        submit("r", "ant", 1000);
        submit("another", "bee", 1000);
        merge(ANT);
        target = BEE;
        forced = ANT;
        step();
        assertThat(weights.merged()).contains("ant");
        assertThat(observed.built()).containsExactly(MergeOutcome.READY, MergeOutcome.FAILED);
        target = ANT;
        step();
        assertThat(rules("bee").unmergeable()).contains("could not be built", "no memory");
        for (int i = 0; i < 60; i++) {
            step();
        }
        assertThat(rules("bee")).isEqualTo(MergeRules.FREE);
    }

    @Test
    void anAdapterWithoutMemoryForItsCopiesStaysUnmergedForAWhileAndTheViewSaysWhy() {
        weights.refuse("bee", true);
        submit("r", "ant", 1000);
        submit("another", "bee", 1000);
        merge(ANT);
        target = BEE;
        forced = ANT;
        step();
        assertThat(weights.merged()).contains("ant");
        assertThat(observed.built()).containsExactly(MergeOutcome.READY, MergeOutcome.REFUSED);
        target = ANT;
        step();
        assertThat(rules("bee").unmergeable())
                .contains("no memory for its merged weights", "it needs more than is free");
        weights.refuse("bee", false);
        for (int i = 0; i < 10; i++) {
            step();
        }
        assertThat(rules("bee")).isEqualTo(MergeRules.FREE);
    }

    @Test
    void copiesAreGivenBackWhenOthersNeedTheMemory() {
        submit("r", "ant", 1000);
        merge(ANT);
        forced = Mode.unmerged();
        target = Mode.unmerged();
        step();
        assertThat(engine.status().copies().idleBytes()).isEqualTo(FakeWeights.BYTES);
        assertThat(engine.status().copies().kept()).contains("ant");
        engine.apply(new ReplicaCommand.ReleaseCopies(false));
        assertThat(engine.status().copyBytes()).isZero();
        forced = null;
        target = ANT;
        step();
        merge(ANT);
        assertThat(engine.status().copies().usedBytes()).isEqualTo(FakeWeights.BYTES);
        assertThat(engine.status().copies().uses()).isEqualTo(2);
        engine.apply(new ReplicaCommand.ReleaseCopies(false));
        assertThat(engine.status().mode()).isEqualTo(ANT);
        engine.cancel("r");
        assertThat(engine.status().copies().usedBytes()).isZero();
        assertThat(engine.status().copies().kept()).contains("ant");
        engine.apply(new ReplicaCommand.ReleaseCopies(true));
        assertThat(engine.status().mode()).isEqualTo(Mode.unmerged());
        assertThat(engine.status().copyBytes()).isZero();
    }

    @Test
    void aBuildThatGivesWayToOneThatEndsAtOnceIsReportedToo() {
        weights.failFor("bee");
        submit("r", "ant", 200);
        submit("another", "bee", 200);
        target = ANT;
        step();
        step();
        target = BEE;
        step();
        assertThat(observed.built()).containsExactly(MergeOutcome.DROPPED, MergeOutcome.FAILED);
    }

    @Test
    void rowsThatWantExactWeightsNeverMeetMergedOnes() {
        submit("r", "ant", 200);
        merge(ANT);
        var exact = new Recording();
        engine.submit(Requests.exact(request("exact", "ant", 5)), exact);
        engine.step(); // Plans that and fails all.
        assertThat(exact.last()).isInstanceOf(Failed.class);
        assertThat(model.steps()).isEqualTo(observed.steps().size());
    }

    @Test
    void aModeThatIsNotReadyIsRefused() {
        forced = BEE;
        var recording = submit("r", "ant", 20);
        engine.step();
        assertThat(recording.last()).isInstanceOf(Failed.class);
        assertThat(weights.merged()).isEmpty();
    }

    @Test
    void mergeTimesAreMeasuredBesideServingIfThePolicyMayMerge() {
        engine.calibrate(estimated());
        submit("r", "ant", 200);
        int steps = 0;
        while (observed.built().isEmpty()) {
            step();
            steps++;
        }
        assertThat(steps).isGreaterThan(3);
        assertThat(observed.built()).containsExactly(MergeOutcome.READY);
        step();
        assertThat(shown.get().costs().merge(facts("ant"))).isCloseTo(10, within(1e-6));
        for (int i = 0; i < 3; i++) {
            step();
            assertThat(weights.building()).isEmpty();
            assertThat(weights.merged()).isEmpty();
        }
    }

    @Test
    void aMeasurementKeepsItsAdapter() {
        engine.calibrate(estimated());
        submit("r", "bee", 200);
        step();
        step();
        submit("another", "ant", 200);
        engine.cancel("r");
        for (int i = 0; i < 3; i++) {
            step();
            assertThat(weights.building()).contains("bee");
        }
    }

    @Test
    void aPolicyThatNeverMergesLeavesItAtTheEstimateUntilAnotherOneIsChosen() {
        engine.calibrate(estimated());
        var merging = engine.status().settings();
        engine.schedule(
                new SchedulingSettings(
                        PolicySettings.of(PolicyKind.UNMERGED),
                        SloLimits.NONE,
                        merging.merge(),
                        merging.weights()));
        submit("r", "ant", 200);
        for (int i = 0; i < 20; i++) {
            step();
            assertThat(weights.building()).isEmpty();
        }
        assertThat(engine.status().copyBytes()).isZero();
        engine.schedule(merging);
        step();
        assertThat(weights.building()).contains("ant");
    }

    @Test
    void aPolicyThatWantsAMergeBuildsThatInsteadOfAnother() {
        engine.calibrate(estimated());
        submit("r", "ant", 200);
        submit("another", "bee", 200);
        step();
        target = weights.building().filter("ant"::equals).isPresent() ? BEE : ANT;
        step();
        assertThat(weights.building()).contains(((Mode.Merged) target).adapter());
    }

    private static CostSamples estimated() {
        var step = new StepShape(0, 1, 0, 0, List.of());
        return new CostSamples(List.of(new StepSample(step, 1)), List.of(), List.of());
    }

    private LoraFacts facts(String adapter) {
        return shown.get().adapters().stream()
                .filter(view -> view.id().is(adapter))
                .findFirst()
                .orElseThrow()
                .lora();
    }

    private MergeRules rules(String adapter) {
        return shown.get().adapters().stream()
                .filter(view -> view.id().is(adapter))
                .findFirst()
                .orElseThrow()
                .rules();
    }

    private static MergeView view(Mode mode) {
        return new MergeView(mode, Set.of(), null, 0.2, Long.MAX_VALUE);
    }

    private void merge(Mode wanted) {
        target = wanted;
        for (int i = 0; i < 100 && !shown(wanted); i++) {
            step();
        }
        assertThat(shown(wanted)).isTrue();
    }

    private boolean shown(Mode wanted) {
        return shown.get() != null && shown.get().merge().mode().equals(wanted);
    }

    private void step() {
        engine.step();
        engine.verify();
    }

    private Recording submit(String id, String adapter, int outputs) {
        var recording = new Recording();
        engine.submit(request(id, adapter, outputs), recording);
        return recording;
    }

    private static GenerationRequest request(String id, String adapter, int outputs) {
        var stop = new StopConditions(outputs, 0, true, Set.of(), List.of(), false);
        return Requests.of(id, adapter, 5, stop, SamplingParams.GREEDY);
    }

    private StepPlan plan(Snapshot snapshot) {
        shown.set(snapshot);
        var plan = Plans.inOrder(snapshot);
        var mode = snapshot.merge().isReady(target) ? target : Mode.unmerged();
        return new StepPlan(forced == null ? mode : forced, target, plan.preempt(), plan.run());
    }

    private Engine engine(MergeSettings merge) {
        model.beforeStep(_ -> now += 1);
        weights.beforeWork(work -> now += 0.01 * work);
        var limits = new StepLimits(4, 64, 16);
        var settings = new ReplicaSettings("r", limits, BLOCKS, DType.F32, 1000, true);
        var scheduling =
                new SchedulingSettings(
                        new Plans(this::plan), SloLimits.NONE, merge, ServiceWeights.EQUAL);
        return new Engine(settings, model.serve(), scheduling, observed, () -> now);
    }
}
