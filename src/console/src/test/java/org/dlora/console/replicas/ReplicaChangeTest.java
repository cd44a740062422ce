package org.dlora.console.replicas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.replicas.ReplicaReport.OpenRequest;
import org.dlora.cluster.replicas.ReplicaStatus;
import org.dlora.console.replicas.ReplicaChange.Kind;
import org.dlora.scheduling.ReplicaLoad;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ReplicaChangeTest {
    private static final ReplicaReport BUSY = replica("0", ReplicaStatus.SERVING, 3);
    private static final ReplicaReport OTHER = replica("1", ReplicaStatus.SERVING, 0);
    private static final ReplicaReport DRAINED = replica("2", ReplicaStatus.DRAINED, 0);

    private static ReplicaReport replica(String id, ReplicaStatus state, int requests) {
        return new ReplicaReport(
                id,
                "host",
                new ReplicaReport.Condition(state, null, null),
                new ReplicaLoad(id, requests, 0, 60, 100),
                List.of(),
                IntStream.range(0, requests)
                        .mapToObj(i -> new OpenRequest("r" + i, null, "sql", "sql#1", 1, 1, null))
                        .toList());
    }

    private static ReplicaChange of(Kind kind, ReplicaReport replica, ReplicaReport... others) {
        var all = new java.util.ArrayList<>(List.of(others));
        all.add(replica);
        return ReplicaChange.of(kind, replica, all);
    }

    @Test
    void drainSaysHowManyRequestsMoveWhere() {
        var change = of(Kind.DRAIN, BUSY, OTHER, DRAINED);
        assertThat(change.isPossible()).isTrue();
        assertThat(change.sentences())
                .contains("It takes no new requests: they go to replica 1.")
                .anyMatch(words ->
                        words.startsWith("Its 3 requests move to replica 1, four at a time"));
        assertThat(of(Kind.DRAIN, OTHER, BUSY).sentences()).contains("It has no requests now.");
        assertThat(of(Kind.DRAIN, replica("0", ReplicaStatus.SERVING, 1), OTHER).sentences())
                .anyMatch(words -> words.startsWith("Its one request moves to replica 1"));
    }

    @Test
    void lastServingReplicaCannotBeDrained() {
        var change = of(Kind.DRAIN, BUSY, DRAINED);
        assertThat(change.isPossible()).isFalse();
        assertThat(change.sentences())
                .singleElement()
                .asString()
                .contains("Resume another one first");
        assertThat(of(Kind.DRAIN, DRAINED, BUSY).isPossible()).isFalse();
    }

    @Test
    void onlyDrainedReplicasAreResumed() {
        assertThat(of(Kind.RESUME, DRAINED, BUSY).isPossible()).isTrue();
        assertThat(of(Kind.RESUME, replica("2", ReplicaStatus.DRAINING, 1), BUSY).sentences())
                .contains("Its one request stays on it.");
        assertThat(of(Kind.RESUME, BUSY, OTHER).isPossible()).isFalse();
        assertThat(of(Kind.RESUME, replica("2", ReplicaStatus.FENCED, 0), BUSY).isPossible())
                .isFalse();
    }

    @Test
    void restartContinuesRequestsElsewhereOrFailsThem() {
        var change = of(Kind.RESTART, BUSY, OTHER, DRAINED);
        assertThat(change.isForced()).isFalse();
        assertThat(change.sentences())
                .anyMatch(words ->
                        words.startsWith(
                                "Its 3 requests continue on replicas 1, 2 from the tokens"));
        var alone = of(Kind.RESTART, BUSY, replica("1", ReplicaStatus.FENCED, 0));
        assertThat(alone.isPossible()).isTrue();
        assertThat(alone.isForced()).isTrue();
        assertThat(alone.sentences()).contains("Its 3 requests fail.");
    }

    @ParameterizedTest
    @EnumSource(
            value = ReplicaStatus.class,
            names = {"FENCED", "RESTARTING", "CLOSED"})
    void failedReplicaIsNotRestarted(ReplicaStatus state) {
        assertThat(of(Kind.RESTART, replica("0", state, 0), OTHER).isPossible()).isFalse();
    }
}
