package org.dlora.cluster.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.TinyCluster;
import org.dlora.cluster.facts.RequestObservers;
import org.dlora.cluster.rebalance.PlanGain;
import org.dlora.cluster.requests.LiveRequest;
import org.dlora.cluster.requests.StreamPause;
import org.dlora.cluster.requests.Submission;
import org.dlora.cluster.requests.TrackedRequest;
import org.dlora.cluster.residency.ScriptedReplica;
import org.dlora.replica.migration.MigrationResult;
import org.dlora.replica.migration.SentKv;
import org.junit.jupiter.api.Test;

class MigrationLogTest {
    private static final MigrationResult MOVED = new MigrationResult.Moved();

    private final ScriptedReplica source = new ScriptedReplica("0");
    private final ScriptedReplica target = new ScriptedReplica("1");
    private final List<String> seen = new ArrayList<>();
    private double now = 10;
    private final MigrationLog log = new MigrationLog(() -> now);

    private static LiveRequest live(String id) {
        var request = TinyCluster.request(id, TinyCluster.BASE, 1, 1);
        var tracked =
                new TrackedRequest(
                        new Submission(request, _ -> {}),
                        TinyCluster.BASE,
                        new RequestObservers(List.of()));
        return new LiveRequest(tracked, request, (_, _) -> {}, (_, _, _) -> {}, () -> 0);
    }

    private MigrationLog.Entry begin(String id) {
        return log.begin(live(id), source, target, MoveCause.BY_HAND, null);
    }

    @Test
    void aMoveIsRunningUntilItEnds() {
        var gain = new PlanGain(1.5);
        var entry = log.begin(live("r"), source, target, MoveCause.PLAN, gain);
        now = 12;
        assertThat(log.running())
                .singleElement()
                .returns("r", MigrationStatus::request)
                .returns(2.0, MigrationStatus::seconds)
                .returns(gain, MigrationStatus::gain);
        assertThat(log.target("r")).contains("1");
        assertThat(log.isTarget(target)).isTrue();
        assertThat(log.isTarget(source)).isFalse();
        now = 13;
        var record = log.end(entry, MOVED, new SentKv(4, 400, 0.5));
        assertThat(record)
                .returns(3.0, MigrationRecord::seconds)
                .returns(new SentKv(4, 400, 0.5), MigrationRecord::kv)
                .returns(gain, MigrationRecord::gain);
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
        log.end(begin("r"), MOVED, SentKv.NONE);
        begin("r");
        assertThat(log.running()).hasSize(1);
    }

    @Test
    void theLast256AreRememberedTheNewestFirst() {
        for (int i = 0; i < 258; i++) {
            log.end(begin("r" + i), MOVED, SentKv.NONE);
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
                    public void resumed(StreamPause pause) {
                        seen.add("pause " + pause.seconds());
                    }
                });
        var early = begin("early");
        var first = new StreamPause(0.5, 2, 0.4);
        log.resumed(early, first);
        assertThat(log.end(early, MOVED, SentKv.NONE).pause()).isEqualTo(first);
        var late = begin("late");
        assertThat(log.end(late, MOVED, SentKv.NONE).pause()).isNull();
        var second = new StreamPause(0.25, 1, 0.2);
        log.resumed(late, second);
        assertThat(log.history()).extracting(MigrationRecord::pause).containsExactly(second, first);
        assertThat(seen).containsExactly("pause 0.5", "early", "late", "pause 0.25");
    }
}
