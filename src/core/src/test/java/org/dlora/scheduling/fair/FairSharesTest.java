package org.dlora.scheduling.fair;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.Backlog;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.Flow;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.SequenceRequest;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.junit.jupiter.api.Test;

/** Definition of a wait. */
class FairSharesTest {
    private static final DloraSettings SETTINGS = new DloraSettings(1, 2, 1000, 5, 0.03);
    private static final StepLimits LIMITS = new StepLimits(4, 64, 16);

    @Test
    void aStepWithoutServiceAddsToTheWaitAndOneWithServiceTakesBack() {
        assertThat(waited(Map.of("a", 2.0, "b", 2.0), Map.of(), Set.of("b"), 100, 100.5))
                .isEqualTo(Map.of("a", 2.5, "b", 1.5));
    }

    @Test
    void aWaitGrowsByNoMoreThanAStepBeyondTheLimit() {
        assertThat(waited(Map.of("a", 5.25, "b", 0.0), Map.of(), Set.of("b"), 100, 100.5))
                .containsEntry("a", 5.5);
    }

    @Test
    void flowsAheadDoNotWait() {
        assertThat(waited(Map.of("a", 2.0, "b", 2.0), Map.of("a", 1500.0), Set.of(), 100, 100.5))
                .isEqualTo(Map.of("a", 2.0, "b", 2.5));
    }

    @Test
    void nobodyWaitsWhileTheReplicaIsIdle() {
        var before = Map.of("a", 2.0, "b", 4.0);
        assertThat(waited(before, Map.of(), Set.of("b"), 50, 3650, 3650, 3650))
                .isEqualTo(Map.of("a", 0.0, "b", 0.0));
        assertThat(waited(before, Map.of(), Set.of(), 100, 101, 100.5, 99))
                .isEqualTo(Map.of("a", 0.0, "b", 5.0));
    }

    private static Map<String, Double> waited(
            Map<String, Double> before,
            Map<String, Double> leads,
            Set<String> served,
            double at,
            double now,
            double... arrivals) {
        var names = before.keySet().stream().sorted().toList();
        var sequences = new ArrayList<SequenceView>();
        for (int i = 0; i < names.size(); i++) {
            double arrived = arrivals.length == 0 ? 10 : arrivals[i];
            var request = new SequenceRequest(arrived, 10, 10, false, true);
            sequences.add(
                    new SequenceView(
                            i, AdapterRef.of(names.get(i)), i, 10, 0, 0, 0, 0, 0, 0, 10, request));
        }
        var adapters =
                names.stream()
                        .map(name ->
                                new AdapterView(
                                        AdapterRef.of(name),
                                        LoraFacts.NONE,
                                        MergeRules.FREE,
                                        1,
                                        new Backlog(1, 0, 10),
                                        OutputLengths.NONE));
        var snapshot =
                new Snapshot(
                        now,
                        sequences,
                        100,
                        LIMITS,
                        MergeView.UNMERGED,
                        adapters.toList(),
                        names.stream().map(AdapterRef::of).collect(toSet()),
                        OutputLengths.NONE,
                        SloLimits.NONE,
                        CostModel.UNCALIBRATED);
        var state =
                new DloraState(
                        byRef(leads),
                        at,
                        byRef(before),
                        byRef(before),
                        byRef(served.stream().collect(toMap(id -> id, _ -> 0.0))).keySet(),
                        Map.of(),
                        Set.of(),
                        "unmerged");
        var shares = new FairShares(SnapshotIndex.of(snapshot), SETTINGS, state);
        return shares
                .after(new StepPlan(List.of(), List.of()), "unmerged")
                .waited()
                .entrySet()
                .stream()
                .collect(toMap(entry -> entry.getKey().adapter().toString(), Map.Entry::getValue));
    }

    private static Map<Flow, Double> byRef(Map<String, Double> byId) {
        return byId.entrySet().stream()
                .collect(
                        toMap(
                                entry -> Flow.of(AdapterRef.of(entry.getKey())),
                                Map.Entry::getValue));
    }
}
