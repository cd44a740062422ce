package org.dlora.console.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.dlora.console.requests.EndedRows.at;
import static org.dlora.console.requests.EndedRows.mark;
import static org.dlora.console.requests.EndedRows.row;
import static org.dlora.console.requests.EndedRows.times;

import java.util.List;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.cluster.facts.CourseMark;
import org.dlora.cluster.facts.CourseMark.Kind;
import org.dlora.cluster.facts.RequestTimes;
import org.junit.jupiter.api.Test;

class CourseTest {
    @Test
    void theTimeOfARequestIsCutIntoItsPartsWithoutGaps() {
        var parts =
                Course.of(
                        row(
                                times(10, 110, 310, 1000),
                                at(210),
                                mark(Kind.PREEMPTED, 400, "0"),
                                mark(Kind.RESUMED, 500, "0"),
                                mark(Kind.MOVED, 600, "1"),
                                mark(Kind.ARRIVED, 620, "1"),
                                mark(Kind.RESUMED, 650, "1")));

        assertThat(parts)
                .extracting(Part::phase, Part::seconds, Part::replica)
                .containsExactly(
                        tuple(Phase.RECEIVED, 0.01, null),
                        tuple(Phase.LOADING, 0.1, "0"),
                        tuple(Phase.QUEUED, 0.1, "0"),
                        tuple(Phase.PREFILL, 0.1, "0"),
                        tuple(Phase.DECODE, 0.09, "0"),
                        tuple(Phase.PREEMPTED, 0.1, "0"),
                        tuple(Phase.DECODE, 0.1, "0"),
                        tuple(Phase.MOVED, 0.05, "1"),
                        tuple(Phase.DECODE, 0.35, "1"));
        for (int i = 1; i < parts.size(); i++) {
            assertThat(parts.get(i).from()).isEqualTo(parts.get(i - 1).to());
        }
        assertThat(parts.getLast().to()).isEqualTo(at(1000));
    }

    @Test
    void aPreemptionInThePrefillLastsUntilTheFirstToken() {
        var parts =
                Course.of(
                        row(
                                times(0, 0, 300, 400),
                                at(100),
                                mark(Kind.PREEMPTED, 200, "0"),
                                mark(Kind.RESUMED, 300, "0")));
        assertThat(parts)
                .extracting(Part::phase, Part::seconds)
                .containsExactly(
                        tuple(Phase.QUEUED, 0.1),
                        tuple(Phase.PREFILL, 0.1),
                        tuple(Phase.PREEMPTED, 0.1),
                        tuple(Phase.DECODE, 0.1));
    }

    @Test
    void aMoveDuringTheWaitOrThePrefillLastsUntilItsArrival() {
        var parts =
                Course.of(
                        row(
                                times(0, 0, 600, 900),
                                at(300),
                                mark(Kind.MOVED, 100, "1"),
                                mark(Kind.ARRIVED, 150, "1"),
                                mark(Kind.MOVED, 400, "0"),
                                mark(Kind.ARRIVED, 450, "0"),
                                mark(Kind.RESUMED, 600, "0")));
        assertThat(parts)
                .extracting(Part::phase, Part::seconds, Part::replica)
                .containsExactly(
                        tuple(Phase.QUEUED, 0.1, "0"),
                        tuple(Phase.MOVED, 0.05, "1"),
                        tuple(Phase.QUEUED, 0.15, "1"),
                        tuple(Phase.PREFILL, 0.1, "1"),
                        tuple(Phase.MOVED, 0.05, "0"),
                        tuple(Phase.PREFILL, 0.15, "0"),
                        tuple(Phase.DECODE, 0.3, "0"));
    }

    /** The replica did not take it: it went back. */
    @Test
    void aMoveThatWasRefusedIsNoPart() {
        var decoding =
                Course.of(
                        row(
                                times(0, 0, 100, 900),
                                at(0),
                                mark(Kind.MOVED, 400, "1"),
                                mark(Kind.ARRIVED, 450, "0"),
                                mark(Kind.RESUMED, 500, "0")));
        assertThat(decoding)
                .extracting(Part::phase, Part::seconds, Part::replica)
                .containsExactly(tuple(Phase.PREFILL, 0.1, "0"), tuple(Phase.DECODE, 0.8, "0"));
        var waiting =
                Course.of(
                        row(
                                times(0, 0, 600, 900),
                                at(500),
                                mark(Kind.MOVED, 400, "1"),
                                mark(Kind.ARRIVED, 400, "0"),
                                mark(Kind.MOVED, 450, "1"),
                                mark(Kind.ARRIVED, 460, "1"),
                                mark(Kind.RESUMED, 600, "1")));
        assertThat(waiting)
                .extracting(Part::phase, Part::seconds, Part::replica)
                .containsExactly(
                        tuple(Phase.QUEUED, 0.45, "0"),
                        tuple(Phase.MOVED, 0.01, "1"),
                        tuple(Phase.QUEUED, 0.04, "1"),
                        tuple(Phase.PREFILL, 0.1, "1"),
                        tuple(Phase.DECODE, 0.3, "1"));
    }

    @Test
    void aPreemptedRequestWaitsAgainWhereItMovesTo() {
        var parts =
                Course.of(
                        row(
                                times(0, 0, 100, 900),
                                at(0),
                                mark(Kind.PREEMPTED, 200, "0"),
                                mark(Kind.MOVED, 400, "1"),
                                mark(Kind.ARRIVED, 410, "1"),
                                mark(Kind.RESUMED, 800, "1")));
        assertThat(parts)
                .extracting(Part::phase, Part::seconds, Part::replica)
                .containsExactly(
                        tuple(Phase.PREFILL, 0.1, "0"),
                        tuple(Phase.DECODE, 0.1, "0"),
                        tuple(Phase.PREEMPTED, 0.2, "0"),
                        tuple(Phase.MOVED, 0.01, "1"),
                        tuple(Phase.PREEMPTED, 0.39, "1"),
                        tuple(Phase.DECODE, 0.1, "1"));
    }

    @Test
    void anOutageBeginsWhenTheReplicaIsLost() {
        var parts =
                Course.of(
                        row(
                                times(0, 0, 100, 900),
                                at(0),
                                mark(Kind.LOST, 400, "0"),
                                mark(Kind.RESCUED, 600, "1"),
                                mark(Kind.RESUMED, 700, "1")));
        assertThat(parts)
                .extracting(Part::phase, Part::seconds, Part::replica)
                .containsExactly(
                        tuple(Phase.PREFILL, 0.1, "0"),
                        tuple(Phase.DECODE, 0.3, "0"),
                        tuple(Phase.RESCUED, 0.2, null),
                        tuple(Phase.RESCUED, 0.1, "1"),
                        tuple(Phase.DECODE, 0.2, "1"));
        var waiting =
                Course.of(
                        row(
                                times(0, 0, 800, 900),
                                at(700),
                                mark(Kind.LOST, 400, "0"),
                                mark(Kind.RESCUED, 600, "1"),
                                mark(Kind.RESUMED, 800, "1")));
        assertThat(waiting)
                .extracting(Part::phase, Part::replica)
                .containsExactly(
                        tuple(Phase.QUEUED, "0"),
                        tuple(Phase.RESCUED, null),
                        tuple(Phase.QUEUED, "1"),
                        tuple(Phase.PREFILL, "1"),
                        tuple(Phase.DECODE, "1"));
    }

    /** Rows of before have two readings of the clock for one token. */
    @Test
    void decodeIsOnePartThoughTheInterruptionEndedAMomentAfterTheFirstToken() {
        var parts =
                Course.of(
                        row(
                                times(0, 0, 300, 400),
                                at(100),
                                mark(Kind.PREEMPTED, 200, "0"),
                                new CourseMark(Kind.RESUMED, at(300).plusNanos(500), "0")));
        assertThat(parts)
                .extracting(Part::phase)
                .containsExactly(Phase.QUEUED, Phase.PREFILL, Phase.PREEMPTED, Phase.DECODE);
        assertThat(parts.getLast().from()).isEqualTo(at(300));
    }

    @Test
    void missingPhasesAreLeftOut() {
        var refused = new RequestTimes(at(0), null, null, null, at(5));
        assertThat(Course.of(row(refused, null)))
                .extracting(Part::phase, Part::replica)
                .containsExactly(tuple(Phase.RECEIVED, null));
        var loading = new RequestTimes(at(0), at(1), null, null, at(5));
        assertThat(Course.of(row(loading, null)))
                .extracting(Part::phase)
                .containsExactly(Phase.RECEIVED, Phase.LOADING);
        assertThat(Course.of(row(times(0, 0, 300, 400), null)))
                .as("of a version that did not note the begin")
                .extracting(Part::phase)
                .containsExactly(Phase.QUEUED, Phase.DECODE);
    }

    @Test
    void marksBeyondTheKeptOnesAreReported() {
        assertThat(Course.isCut(row(times(0, 0, 1, 2), at(1)))).isTrue();
        assertThat(Course.isCut(row(times(0, 0, 1, 2), at(1), mark(Kind.PREEMPTED, 1, "0"))))
                .isFalse();
    }

    @Test
    void rowsOfBeforeHaveNoMarksAndAreNotCut() {
        assertThat(Course.isCut(row(times(0, 0, 1, 2), null))).isFalse();
    }

    @Test
    void modesFollowTheReplicasOfTheRequest() {
        var parts =
                List.of(
                        new Part(Phase.RECEIVED, at(0), at(10), null),
                        new Part(Phase.DECODE, at(10), at(500), "0"),
                        new Part(Phase.MOVED, at(500), at(600), "1"),
                        new Part(Phase.DECODE, at(600), at(1000), "1"));
        var switches =
                List.of(
                        mode(700, "1", "unmerged", "merged(b)", "hot"),
                        mode(200, "0", "merged(a)", "unmerged", "cold"),
                        mode(800, "0", "unmerged", "merged(c)", "later"));

        assertThat(ModeSpan.of(parts, switches))
                .extracting(
                        ModeSpan::replica,
                        ModeSpan::mode,
                        ModeSpan::from,
                        ModeSpan::to,
                        ModeSpan::why)
                .containsExactly(
                        tuple("0", "merged(a)", at(10), at(200), ""),
                        tuple("0", "unmerged", at(200), at(500), "cold"),
                        tuple("1", "unmerged", at(500), at(700), ""),
                        tuple("1", "merged(b)", at(700), at(1000), "hot"));
        assertThat(ModeSpan.of(parts, List.of())).isEmpty();
    }

    @Test
    void barsStayInThePicture() {
        var whole = Bar.of(at(0), at(1000), at(0), at(1000), "c", "t");
        assertThat(List.of(whole.x(), whole.width())).containsExactly("0.0", "1000.0");
        var half = Bar.of(at(0), at(1000), at(500), at(750), "c", "t");
        assertThat(List.of(half.x(), half.width())).containsExactly("500.0", "250.0");
        var last = Bar.of(at(0), at(1000), at(1000), at(1000), "c", "t");
        assertThat(List.of(last.x(), last.width())).containsExactly("998.0", "2.0");
        var none = Bar.of(at(0), at(0), at(0), at(0), "c", "t");
        assertThat(List.of(none.x(), none.width())).containsExactly("0.0", "2.0");
    }

    private static EventRecord mode(
            int millis, String replica, String from, String to, String why) {
        var detail = "{\"from\": \"%s\", \"to\": \"%s\", \"why\": \"%s\"}".formatted(from, to, why);
        return new EventRecord(
                HistoryKey.least(at(millis)), "mode_switched", replica, null, null, detail);
    }
}
