package org.dlora.console.replicas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.dlora.console.decisions.Decisions.MERGED;
import static org.dlora.console.decisions.Decisions.NAMES;
import static org.dlora.console.decisions.Decisions.SQL;
import static org.dlora.console.decisions.Decisions.merged;
import static org.dlora.console.decisions.Decisions.unmerged;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaReport.OpenRequest;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.cluster.residency.MemoryReport;
import org.dlora.console.decisions.Decisions;
import org.dlora.console.decisions.WeightsState;
import org.dlora.engine.KvStatus;
import org.dlora.scheduling.KvCounts;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.residency.Residence;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/** The views of replicas, made from values of a test. */
class ReplicaViewsTest {
    private static final MergeView IN_SQL =
            new MergeView(MERGED, Set.of(SQL), null, 1, Long.MAX_VALUE);

    @Test
    void stateOfTheWeightsIsThatOfTheLastStep() {
        var mixed =
                WeightsState.of(Decisions.report(IN_SQL, merged("mixed:" + SQL, 2).step(1)), NAMES);
        assertThat(mixed.words()).isEqualTo("mixed with sql");
        assertThat(mixed.kindOf(SQL)).isEqualTo("merged");
        assertThat(mixed.modeOf("upper#2")).isEqualTo("beside sql");
        assertThat(mixed.kindOf("upper#2")).isEqualTo("mixed");
        assertThat(mixed.modeOf(null)).as("the base model").isEqualTo("beside sql");

        var alone =
                WeightsState.of(
                        Decisions.report(IN_SQL, merged("merged:" + SQL, 0).step(1)), NAMES);
        assertThat(alone.words()).isEqualTo("merged sql");
        assertThat(alone.modeOf("upper#2")).isEqualTo("paused");
        assertThat(alone.modeOf(SQL)).isEqualTo("merged");

        // Merged since the last step, in which nothing was.
        var idle = WeightsState.of(Decisions.report(IN_SQL, unmerged().step(1)), NAMES);
        assertThat(idle.words()).isEqualTo("merged sql");
        assertThat(idle.alone()).isFalse();

        var building =
                new MergeView(
                        Mode.unmerged(),
                        Set.of(),
                        new MergeView.Build(SQL, 0.4),
                        1,
                        Long.MAX_VALUE);
        var unmerged = WeightsState.of(Decisions.report(building), NAMES);
        assertThat(unmerged.words()).isEqualTo("unmerged");
        assertThat(unmerged.modeOf(SQL)).isEqualTo("unmerged");
        assertThat(unmerged.building()).isEqualTo("sql");
        assertThat(unmerged.progress()).isEqualTo(0.4);
    }

    /** A client may name an adapter by an alias, and an older version may have its name. */
    @Test
    void modesOfRequestsFollowTheirWeightsAndNotTheNamesOfClients() {
        var weights =
                WeightsState.of(Decisions.report(IN_SQL, merged("mixed:" + SQL, 2).step(1)), NAMES);
        var report =
                new ReplicaReport(
                        "0",
                        "host",
                        new ReplicaReport.Condition(ReplicaStatus.SERVING, null, null),
                        new ReplicaLoad("0", 4, 0, 60, 100),
                        List.of(),
                        List.of(
                                new OpenRequest("r1", null, "sql", SQL, 1, 4, null),
                                new OpenRequest("r2", null, "sql@prod", SQL, 1, 3, null),
                                new OpenRequest("r3", null, "sql", "sql#0", 1, 2, null),
                                new OpenRequest("r4", null, "base", null, 1, 1, null)));
        assertThat(ReplicaRequestRow.of(report, weights, 9))
                .extracting(
                        ReplicaRequestRow::mode,
                        ReplicaRequestRow::kind,
                        ReplicaRequestRow::adapter)
                .containsExactly(
                        tuple("merged", "merged", "sql"),
                        tuple("merged", "merged", "sql"),
                        tuple("beside sql", "mixed", "sql"),
                        tuple("beside sql", "mixed", null));
    }

    @Test
    void stepsWithOneDecisionAreOneRun() {
        var report =
                Decisions.report(
                        IN_SQL,
                        merged("mixed:" + SQL, 3).step(9),
                        merged("mixed:" + SQL, 2).step(8),
                        merged("merged:" + SQL, 0).step(7),
                        unmerged().step(6),
                        unmerged().step(5));
        var runs = DecisionRun.of(report, NAMES, 10);
        assertThat(runs).extracting(DecisionRun::first).containsExactly(8L, 7L, 5L);
        assertThat(runs).extracting(DecisionRun::count).containsExactly(2L, 1L, 2L);
        assertThat(runs.getFirst().age()).isEqualTo(91);
        assertThat(runs.getFirst().sentence()).contains("11 of 14 rows");
        assertThat(runs)
                .extracting(DecisionRun::weights)
                .containsExactly("mixed with sql", "merged sql", "unmerged");
        assertThat(DecisionRun.of(report, NAMES, 2)).hasSize(2);
        assertThat(DecisionRun.of(Decisions.report(IN_SQL), NAMES, 2)).isEmpty();
    }

    @Test
    void chartHasMillisecondsByStepAndGapsWhereNothingWasPredicted() {
        var times =
                StepTimes.of(
                        List.of(
                                unmerged().step(3, 0.020, 0.025),
                                unmerged().step(2, 0.010, 0.011),
                                unmerged().step(1, 0.0301234, Double.NaN)),
                        NAMES);
        assertThat(new JsonMapper().readTree(times.json()))
                .isEqualTo(
                        new JsonMapper()
                                .readTree(
                                        """
                                        {"x": [1, 2, 3], "series": [
                                          {"label": "measured", "values": [30.123, 10.0, 20.0]},
                                          {"label": "predicted", "values": [null, 11.0, 25.0]}],
                                         "unit": "ms", "time": false}
                                        """));
        assertThat(times.median()).isEqualTo(0.020);
        assertThat(times.error()).isBetween(0.0999, 0.1001);
        var none = StepTimes.of(List.of(), NAMES);
        assertThat(none.median()).isNull();
        assertThat(none.error()).isNull();
        assertThat(none.isEmpty()).isTrue();
    }

    private static MemoryReport memory(long limit, List<String> replicas) {
        var bytes = new TreeMap<String, Long>();
        bytes.put("kv_cache", 250L);
        bytes.put("adapters", 100L);
        bytes.put("weights", 50L);
        var counts = new KvCounts(90, 100, 60, 20, 1, 0, 0, 0);
        var cache = new MemoryReport.Cache("0", 10, new KvStatus(counts, 0, 0, 0, 0));
        return new MemoryReport(
                "host", replicas, limit, 600, 0, bytes, null, List.of(cache), List.of());
    }

    private static AdapterStatus held(String id, String name, Residence residence, long bytes) {
        return new AdapterStatus(
                id, name, residence, bytes, false, 2, 1, null, 1, 0, 1, false, Map.of());
    }

    @Test
    void weightsOfEachVersionInTheMemoryAreARow() {
        var rows =
                HeldAdapterRow.of(
                        List.of(
                                held(SQL, "sql", Residence.RESIDENT, 10),
                                held("sql#9", "sql", Residence.LEAVING, 30),
                                held("upper#2", "upper", Residence.ABSENT, 90)),
                        WeightsState.of(Decisions.report(IN_SQL), NAMES),
                        NAMES);
        assertThat(rows).extracting(HeldAdapterRow::name).containsExactly("sql#9", "sql");
        assertThat(rows).extracting(HeldAdapterRow::state).containsExactly("leaving", "resident");
        assertThat(rows).extracting(HeldAdapterRow::merged).containsExactly("", "merged");
        assertThat(rows).extracting(HeldAdapterRow::running).containsExactly(2, 2);
    }

    @Test
    void partsOfTheMemoryFillTheBar() {
        var map = MemoryMap.of(memory(1000, List.of("0", "1")), "0");
        assertThat(map.parts())
                .extracting(MemoryMap.Part::label)
                .containsExactly(
                        "KV caches",
                        "Adapters",
                        "Merged copies",
                        "Base weights, heap and others",
                        "Free");
        assertThat(map.parts())
                .extracting(MemoryMap.Part::bytes)
                .containsExactly(250L, 100L, 0L, 50L, 600L);
        assertThat(map.parts())
                .extracting(MemoryMap.Part::x)
                .containsExactly(0.0, 250.0, 350.0, 350.0, 400.0);
        assertThat(map.parts().stream().mapToDouble(MemoryMap.Part::width).sum())
                .isEqualTo(MemoryMap.WIDTH);
        assertThat(map.blocks())
                .isEqualTo(
                        "KV blocks of this replica: 30 held by requests, 20 with cached prefixes, 40 free, 10 withheld for other uses.");
    }

    @Test
    void memoryWithoutALimitOrBeyondItIsFull() {
        var unlimited = MemoryMap.of(memory(Long.MAX_VALUE, List.of("0")), "1");
        assertThat(unlimited.limit()).isEqualTo(400);
        assertThat(unlimited.blocks()).isEmpty();
        assertThat(unlimited.parts().getLast().bytes()).isZero();
        var beyond = MemoryMap.of(memory(300, List.of("0")), "0");
        assertThat(beyond.parts().getLast().bytes()).isZero();
        assertThat(beyond.parts().stream().mapToDouble(MemoryMap.Part::width).sum())
                .isEqualTo(MemoryMap.WIDTH);
    }
}
