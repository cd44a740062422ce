package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.replica.ReplicaEvent.BuildWeights;
import org.dlora.replica.ReplicaEvent.ReleaseWeights;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ServiceWeights;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Tests of the time of builds beside a step, and of the return of copies. */
class MergeIntentTest {
    private static final Mode UNMERGED = Mode.unmerged();
    private static final Mode ANT = Mode.merged("ant");
    private static final Mode BEE = Mode.merged("bee");

    private final MergeIntent intent = new MergeIntent();

    private static SchedulingSettings settings(double share, double keep, double tpot) {
        return new SchedulingSettings(
                PolicySettings.of(PolicyKind.DLORA),
                new SloLimits(Double.POSITIVE_INFINITY, tpot),
                new MergeSettings(share, keep),
                ServiceWeights.EQUAL);
    }

    private List<ReplicaEvent> after(Mode mode, Mode target, double now) {
        return after(mode, target, 1, settings(0.2, 30, Double.POSITIVE_INFINITY), now);
    }

    private List<ReplicaEvent> after(
            Mode mode, Mode target, double seconds, SchedulingSettings settings, double now) {
        var why = new StepDecision("p", "c", "w", mode, target, List.of(), 1, Map.of());
        var shape = new StepShape(0, 1, 1, 0, List.of());
        return intent.after(
                new PlannedStep(
                        1, now - seconds, List.of(), mode, target, shape, 1, why, List.of()),
                seconds,
                settings,
                now);
    }

    private void report(
            Mode mode, Set<String> ready, MergeView.@Nullable Build building, long copyBytes) {
        intent.report(new WeightReport(mode, ready, building, 1000, copyBytes, 0, 0, 0, null));
    }

    /** A share of 0.2 beside a step of 1 s: 0.25 s of 1.25 s. */
    @Test
    void buildingGetsItsShareOfTheTime() {
        var settings = settings(0.2, 30, Double.POSITIVE_INFINITY);
        assertThat(seconds(after(UNMERGED, ANT, 1, settings, 1))).isEqualTo(0.25, within(1e-12));
        assertThat(seconds(after(UNMERGED, ANT, 4, settings, 5))).isEqualTo(1, within(1e-12));
    }

    /** A promise of 1.1 s between tokens leaves 0.1 s beside a step of 1 s. */
    @Test
    void aPromiseLeavesLessTimeButAlwaysATenth() {
        assertThat(seconds(after(UNMERGED, ANT, 1, settings(0.2, 30, 1.1), 1)))
                .isEqualTo(0.1, within(1e-9));
        assertThat(seconds(after(UNMERGED, ANT, 1, settings(0.2, 30, 1.01), 1)))
                .isEqualTo(0.025, within(1e-9));
        assertThat(seconds(after(UNMERGED, ANT, 1, settings(0.2, 30, 0.5), 1)))
                .isEqualTo(0.025, within(1e-9));
        assertThat(seconds(after(UNMERGED, ANT, 1, settings(0.2, 30, 1.3), 1)))
                .isEqualTo(0.25, within(1e-12));
    }

    private static double seconds(List<ReplicaEvent> events) {
        assertThat(events).singleElement().isInstanceOf(BuildWeights.class);
        return ((BuildWeights) events.getFirst()).seconds();
    }

    @Test
    void theTargetIsBuiltWhileAnotherAdapterIsMerged() {
        report(ANT, Set.of("ant"), null, 10);
        assertThat(after(ANT, BEE, 1))
                .singleElement()
                .isInstanceOfSatisfying(
                        BuildWeights.class, build -> assertThat(build.target()).isEqualTo(BEE));
        assertThat(after(ANT, ANT, 2)).isEmpty();
    }

    @Test
    void aBuildThatIsNotWantedAnyMoreEnds() {
        report(UNMERGED, Set.of(), new MergeView.Build("ant", 0.5), 10);
        assertThat(after(UNMERGED, UNMERGED, 1)).containsExactly(new BuildWeights(UNMERGED, 0));
    }

    @Test
    void copiesThatAreReadyAndNotInEffectAreNotWantedEither() {
        report(ANT, Set.of("ant", "bee"), null, 20);
        assertThat(after(ANT, ANT, 1)).containsExactly(new BuildWeights(UNMERGED, 0));
        report(ANT, Set.of("ant"), null, 20);
        assertThat(after(ANT, ANT, 2)).isEmpty();
    }

    @Test
    void copiesThatWereNotUsedForAWhileAreReleased() {
        report(UNMERGED, Set.of(), null, 10);
        assertThat(after(ANT, ANT, 100)).isEmpty();
        assertThat(after(UNMERGED, UNMERGED, 129.9)).isEmpty();
        assertThat(after(UNMERGED, UNMERGED, 130)).containsExactly(new ReleaseWeights(false));
    }

    @Test
    void wantingACopyUsesIt() {
        report(UNMERGED, Set.of(), null, 10);
        after(UNMERGED, ANT, 100);
        assertThat(after(UNMERGED, UNMERGED, 125)).isEmpty();
        assertThat(after(UNMERGED, UNMERGED, 131)).containsExactly(new ReleaseWeights(false));
    }

    @Test
    void thereIsNothingToReleaseWithoutCopies() {
        report(UNMERGED, Set.of(), null, 0);
        assertThat(after(UNMERGED, UNMERGED, 1000)).isEmpty();
        assertThat(intent.atRest()).isEmpty();
        report(ANT, Set.of("ant"), null, 10);
        assertThat(intent.atRest()).containsExactly(new ReleaseWeights(true));
    }
}
