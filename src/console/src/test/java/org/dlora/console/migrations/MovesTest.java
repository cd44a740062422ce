package org.dlora.console.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.cluster.migration.AdapterMove;
import org.dlora.cluster.migration.MigrationRecord;
import org.dlora.cluster.migration.MoveCause;
import org.dlora.cluster.rebalance.PlanGain;
import org.dlora.cluster.rebalance.RebalanceReport;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaReport.OpenRequest;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.cluster.requests.StreamPause;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.SentKv;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.rebalance.PredictedLatencies;
import org.dlora.scheduling.rebalance.RebalancePlan;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The rows, filters, choices and words of the pages of moves. */
class MovesTest {
    private static final Instant BEGUN = Instant.parse("2026-01-02T03:04:05Z");

    private static MigrationRecord move(
            String model, String from, String to, MigrationResult result, @Nullable PlanGain gain) {
        return new MigrationRecord(
                "cmpl-1-0",
                model,
                from,
                to,
                BEGUN,
                0.25,
                new SentKv(3, 4096, 0),
                new StreamPause(0.125, 2, 0.1),
                result,
                gain == null ? MoveCause.BY_HAND : MoveCause.PLAN,
                gain);
    }

    @Test
    void rowHasPredictedAndMeasuredGainOfItsPlan() {
        var gain = new PlanGain(1.5);
        var row = MoveRow.of(move("sql", "0", "1", new MigrationResult.Moved(), gain));
        assertThat(row.planned()).isEqualTo(1.5);
        assertThat(row.measured()).isNull();
        gain.measured(1.25);
        row = MoveRow.of(move("sql", "0", "1", new MigrationResult.Moved(), gain));
        assertThat(row.measured()).isEqualTo(1.25);
        assertThat(row.pause()).isEqualTo(0.125);
        var byHand = MoveRow.of(move("sql", "0", "1", new MigrationResult.Failed("no room"), null));
        assertThat(byHand.planned()).isNull();
        assertThat(byHand.outcome()).isEqualTo("failed");
        assertThat(byHand.reason()).isEqualTo("no room");
    }

    @Test
    void filterGoesByOutcomeReplicaAndAdapter() {
        var rows =
                List.of(
                                move("sql", "0", "1", new MigrationResult.Moved(), null),
                                move("upper", "1", "2", new MigrationResult.Failed("x"), null),
                                move("sql-2", "2", "0", new MigrationResult.Ended(), null))
                        .stream()
                        .map(MoveRow::of)
                        .toList();
        assertThat(new MoveFilter("", "", "", 1).filtered(rows)).hasSize(3);
        assertThat(new MoveFilter("failed", "", "", 1).filtered(rows)).containsExactly(rows.get(1));
        assertThat(new MoveFilter("", "0", "", 1).filtered(rows))
                .containsExactly(rows.get(0), rows.get(2));
        assertThat(new MoveFilter("", "0", "sql-", 1).filtered(rows)).containsExactly(rows.get(2));
    }

    @Test
    void pagesHaveTwentyFiveRows() {
        var rows =
                IntStream.range(0, 120)
                        .mapToObj(i -> move("a" + i, "0", "1", new MigrationResult.Moved(), null))
                        .map(MoveRow::of)
                        .toList();
        assertThat(new MoveFilter("", "", "", 5).shown(rows)).isEqualTo(rows.subList(100, 120));
        assertThat(new MoveFilter("", "", "", 6).shown(rows)).isEmpty();
    }

    @Test
    void planSaysOfWhichReplicaItsReasonIs() {
        assertThat(because("0 has 14 requests, the mean is 7.0"))
                .isEqualTo("replica 0 has 14 requests, the mean is 7.0");
        assertThat(because("ordered by user:ann")).isEqualTo("ordered by user:ann");
    }

    private static String because(String trigger) {
        var plan =
                new RebalancePlan(
                        List.of(),
                        List.of(),
                        List.of(),
                        2,
                        1.5,
                        1,
                        new PredictedLatencies(1, 1),
                        RebalancePlan.SolverKind.GREEDY,
                        false,
                        List.of());
        var row = PlanRow.of(RebalanceReport.planned(BEGUN, trigger, plan));
        assertThat(row.predicted()).isEqualTo(0.5);
        assertThat(row.measured()).isNull();
        var applied = new RebalanceReport(BEGUN, trigger, plan, true, 1, 0, 1.75, 0.5);
        assertThat(PlanRow.of(applied).measured()).isEqualTo(0.5);
        return row.because();
    }

    @Test
    void choicesAreMovableRequestsAndServingReplicas() {
        var replicas =
                List.of(
                        replica(
                                "0",
                                "a",
                                ReplicaStatus.SERVING,
                                new OpenRequest("r1", null, "sql", "sql#1", 7, 2, null)),
                        replica(
                                "1",
                                "b",
                                ReplicaStatus.DRAINING,
                                new OpenRequest("r2", null, "sql", "sql#1", 0, 1, "0")));
        var choices = MoveChoices.of(replicas, List.of());
        assertThat(choices.requests())
                .containsExactly(
                        new MoveChoices.Choice("r1", "sql on replica 0, 7 tokens, 2.00 s: r1"));
        assertThat(choices.targets()).extracting(MoveChoices.Choice::value).containsExactly("0");
        assertThat(choices.sources())
                .extracting(MoveChoices.Choice::value)
                .containsExactly("0", "1");
        assertThat(choices.hasMemories()).isTrue();
        assertThat(choices.hasRequest("r2")).as("moves already").isFalse();
        assertThat(MoveChoices.onlyTarget(replicas, "r1")).as("1 takes none").isEmpty();
        assertThat(MoveChoices.onlyTarget(replicas, "r2")).isEqualTo("0");
        assertThat(MoveChoices.of(replicas.subList(0, 1), List.of()).hasMemories()).isFalse();
    }

    private static ReplicaReport replica(
            String id, String memory, ReplicaStatus state, OpenRequest request) {
        return new ReplicaReport(
                id,
                memory,
                new ReplicaReport.Condition(state, null, null),
                new ReplicaLoad(id, 1, 0, 60, 100),
                List.of(),
                List.of(request));
    }

    @Test
    void wordsNameTheOutcomeOfAMove() {
        assertThat(MoveWords.of(move("sql", "0", "1", new MigrationResult.Moved(), null)))
                .isEqualTo(
                        "Request cmpl-1-0 has moved from replica 0 to 1 in 250 ms; 4.1 kB of KV were sent.");
        assertThat(MoveWords.of(move("sql", "0", "1", new MigrationResult.Ended(), null)))
                .contains("ended before it moved");
        var failed = move("sql", "0", "1", new MigrationResult.Failed("no room"), null);
        assertThatThrownBy(() -> MoveWords.of(failed))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("Request cmpl-1-0 was not moved: no room");
        assertThat(MoveWords.of(new AdapterMove("sql", null, "1", 0, false)))
                .isEqualTo("Adapter sql is in memory 1 now.");
        assertThat(MoveWords.of(new AdapterMove("sql", "0", "1", 2, false)))
                .contains("has moved from memory 0 to 1", "run to their end in memory 0 first: 2");
        assertThat(MoveWords.of(new AdapterMove("sql", "0", "1", 0, true))).endsWith("to 1.");
    }
}
