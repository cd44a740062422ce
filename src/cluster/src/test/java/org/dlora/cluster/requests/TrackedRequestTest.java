package org.dlora.cluster.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import org.dlora.cluster.TinyCluster;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.CourseMark.Kind;
import org.dlora.cluster.facts.RequestFacts;
import org.dlora.replica.Ends;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Token;
import org.junit.jupiter.api.Test;

/** Times and marks of a request that is told what happens to it. */
class TrackedRequestTest {
    private final List<RequestFacts> facts = new ArrayList<>();
    private final TrackedRequest tracked =
            new TrackedRequest(
                    new Submission(TinyCluster.request("r", TinyCluster.BASE, 1, 1), _ -> {}),
                    TinyCluster.BASE,
                    facts::add);

    private void token() {
        tracked.note(new Token(1, "x", null));
    }

    private RequestFacts end() {
        tracked.end(Ends.finished(FinishReason.STOP, "", null, 1, 0, 1));
        return facts.getFirst();
    }

    @Test
    void theFirstReplicaThatComputesItCounts() {
        assertThat(tracked.began(1)).isTrue();
        assertThat(tracked.began(2)).isFalse();
    }

    /** Two readings of the clock would give the decode a start of its own. */
    @Test
    void anInterruptionOfThePrefillEndsExactlyWithTheFirstToken() {
        tracked.given("0");
        tracked.preempted();
        token();
        var ended = end();
        assertThat(ended.trace().course().getLast().at()).isEqualTo(ended.times().firstToken());
    }

    @Test
    void aMoveHasTheMomentsOfItsBeginAndItsEnd() {
        tracked.given("0");
        tracked.left("1");
        tracked.moved("1");
        token();
        var ended = end();
        assertThat(ended.migrations()).isEqualTo(1);
        assertThat(ended.trace().replicas()).containsExactly("0", "1");
        assertThat(ended.trace().course())
                .extracting(CourseMark::kind, CourseMark::replica)
                .containsExactly(
                        tuple(Kind.MOVED, "1"), tuple(Kind.ARRIVED, "1"), tuple(Kind.RESUMED, "1"));
        assertThat(ended.trace().course()).extracting(CourseMark::at).isSorted();
    }

    @Test
    void aMoveThatFailedIsMarkedOnlyIfTheRequestHadLeft() {
        tracked.given("0");
        tracked.stayed();
        tracked.left("1");
        tracked.stayed();
        var ended = end();
        assertThat(ended.migrations()).isZero();
        assertThat(ended.trace().course())
                .extracting(CourseMark::kind, CourseMark::replica)
                .containsExactly(tuple(Kind.MOVED, "1"), tuple(Kind.ARRIVED, "0"));
    }

    @Test
    void anOutageBeginsWithTheLossOfTheReplica() {
        tracked.given("0");
        token();
        tracked.left("1");
        tracked.lost("0");
        tracked.stayed();
        tracked.given("1");
        tracked.rescued();
        token();
        assertThat(end().trace().course())
                .extracting(CourseMark::kind, CourseMark::replica)
                .containsExactly(
                        tuple(Kind.MOVED, "1"),
                        tuple(Kind.LOST, "0"),
                        tuple(Kind.RESCUED, "1"),
                        tuple(Kind.RESUMED, "1"));
    }
}
