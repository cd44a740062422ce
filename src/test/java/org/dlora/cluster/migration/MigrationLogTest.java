package org.dlora.cluster.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.TinyServer;
import org.dlora.cluster.facts.RequestObservers;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.Submission;
import org.dlora.cluster.requests.TrackedRequest;
import org.dlora.cluster.residency.ScriptedReplica;
import org.dlora.replica.migration.MigrationResult;
import org.junit.jupiter.api.Test;

class MigrationLogTest {
    private static final MigrationResult MOVED = new MigrationResult.Moved();

    private final ScriptedReplica source = new ScriptedReplica("0");
    private final ScriptedReplica target = new ScriptedReplica("1");
    private final List<String> seen = new ArrayList<>();
    private double now = 10;
    private final MigrationLog log = new MigrationLog(() -> now);

    private static LiveRequest live(String id) {
        var request = TinyServer.request(id, TinyServer.BASE, 1, 1);
        var tracked =
                new TrackedRequest(
                        new Submission(request, _ -> {}),
                        TinyServer.BASE,
                        new RequestObservers(List.of()));
        return new LiveRequest(tracked, request, (_, _) -> {}, (_, _, _) -> {}, () -> 0);
    }

    private MigrationLog.Entry begin(String id) {
        return log.begin(live(id), source, target, null);
    }

    @Test
    void aMoveIsRunningUntilItEnds() {
        var entry = log.begin(live("r"), source, target, 1.5);
        now = 12;
        assertThat(log.running())
                .singleElement()
                .returns("r", RunningMigration::request)
                .returns(2.0, RunningMigration::seconds)
                .returns(1.5, RunningMigration::plannedGain);
        assertThat(log.target("r")).contains("1");
        assertThat(log.isTarget(target)).isTrue();
        assertThat(log.isTarget(source)).isFalse();
        now = 13;
        var record = log.end(entry, MOVED, 4, 400);
        assertThat(record)
                .returns(3.0, MigrationRecord::seconds)
                .returns(4, MigrationRecord::blocks)
                .returns(400L, MigrationRecord::bytes)
                .returns(1.5, MigrationRecord::plannedGain);
        assertThat(log.history()).containsExactly(record);
        assertThat(log.running()).isEmpty();
        assertThat(log.target("r")).isEmpty();
        assertThat(log.isTarget(target)).isFalse();
    }

    @Test
    void aRequestHasOneMoveAtATime() {
        var entry = begin("r");
        assertThatIllegalStateException()
                .isThrownBy(() -> begin("r"))
                .withMessage("Request 'r' is being moved already");
        log.forget(entry);
        assertThat(log.history()).isEmpty();
        log.end(begin("r"), MOVED, 0, 0);
        begin("r");
        assertThat(log.running()).hasSize(1);
    }

    @Test
    void theLast256AreRememberedTheNewestFirst() {
        for (int i = 0; i < 258; i++) {
            log.end(begin("r" + i), MOVED, 0, 0);
        }
        assertThat(log.history()).hasSize(256);
        assertThat(log.history().getFirst().request()).isEqualTo("r257");
        assertThat(log.history().getLast().request()).isEqualTo("r2");
    }

    @Test
    void thePauseIsKnownBeforeTheEndOrAfterIt() {
        log.watch(
                new MigrationObserver() {
                    @Override
                    public void ended(MigrationRecord move) {
                        seen.add(move.request());
                    }

                    @Override
                    public void resumed(double pause) {
                        seen.add("pause " + pause);
                    }
                });
        var early = begin("early");
        log.resumed(early, 0.5);
        assertThat(log.end(early, MOVED, 0, 0).pause()).isEqualTo(0.5);
        var late = begin("late");
        assertThat(log.end(late, MOVED, 0, 0).pause()).isNaN();
        log.resumed(late, 0.25);
        assertThat(log.history()).extracting(MigrationRecord::pause).containsExactly(0.25, 0.5);
        assertThat(seen).containsExactly("pause 0.5", "early", "late", "pause 0.25");
    }
}
