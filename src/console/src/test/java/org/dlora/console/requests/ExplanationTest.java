package org.dlora.console.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.console.decisions.Decisions.SQL;
import static org.dlora.console.requests.EndedRows.at;
import static org.dlora.console.requests.EndedRows.mark;
import static org.dlora.console.requests.EndedRows.row;
import static org.dlora.console.requests.EndedRows.times;

import java.util.List;
import java.util.Map;
import org.dlora.catalogue.history.EventRecord;
import org.dlora.catalogue.history.HistoryKey;
import org.dlora.cluster.facts.CourseMark.Kind;
import org.dlora.console.decisions.Decisions;
import org.dlora.engine.SchedulingReport;
import org.dlora.scheduling.MergeView;
import org.junit.jupiter.api.Test;

class ExplanationTest {
    private static final Part LOADING = new Part(Phase.LOADING, at(100), at(200), "0");
    private static final String NOT_KNOWN =
            "It waited for its adapter, or for its turn to be given to the replica.";

    private static Reasons reasons(SchedulingReport... reports) {
        return new Reasons(
                List.of(reports),
                List.of(),
                List.of(),
                Map.of("0", "host", "1", "other"),
                Decisions.NAMES,
                at(100_000));
    }

    private static EventRecord load(int end, String memory, String version, double seconds) {
        return new EventRecord(
                HistoryKey.least(at(end)),
                "adapter_loaded",
                memory,
                "sql",
                null,
                "{\"version\": \"%s\", \"bytes\": 2000000, \"seconds\": %s, \"source\": \"file\"}"
                        .formatted(version, seconds));
    }

    private static List<String> loading(EventRecord... loads) {
        var row = row(times(100, 200, 300, 400), at(250));
        return new Explanation(row, reasons(), List.of(loads), List.of()).of(LOADING);
    }

    @Test
    void theLoadOfItsWeightsIsTheReasonOfItsWait() {
        assertThat(loading(load(190, "host", "v1", 0.05)))
                .containsExactly(
                        "Its adapter was not resident: 2.0 MB were loaded into memory host in 50 ms (source: file).");
        assertThat(loading(load(250, "host", "v1", 0.1)))
                .as("it was cancelled before the load had ended")
                .first()
                .asString()
                .contains("was not resident");
    }

    @Test
    void loadsOfOtherVersionsMemoriesOrTimesExplainNothing() {
        assertThat(loading(load(190, "host", "v2", 0.05)))
                .as("another version")
                .containsExactly(NOT_KNOWN);
        assertThat(loading(load(190, "other", "v1", 0.05)))
                .as("another memory")
                .containsExactly(NOT_KNOWN);
        assertThat(loading(load(90, "host", "v1", 0.05))).as("before").containsExactly(NOT_KNOWN);
        assertThat(loading(load(350, "host", "v1", 0.05))).as("after").containsExactly(NOT_KNOWN);
    }

    @Test
    void stepsOfOneDecisionAreOneSentenceInTheWordsOfTheReplicasPage() {
        var report =
                Decisions.report(
                        MergeView.UNMERGED,
                        Decisions.merged("mixed:" + SQL, 2)
                                .candidate("unmerged", 200, 0.023, 0)
                                .candidate("mixed:" + SQL, 220, 0.020, 0)
                                .step(3),
                        Decisions.merged("mixed:" + SQL, 3)
                                .candidate("unmerged", 200, 0.023, 0)
                                .candidate("mixed:" + SQL, 220, 0.020, 0)
                                .step(2),
                        Decisions.unmerged().why("in the order of arrival").step(1));
        // Steps are planned at the seconds of their numbers, and the report is of second 100.
        assertThat(reasons(report).steps("0", at(500), at(4000)))
                .containsExactly(
                        "2 steps of 20 ms on average; of the newest: Merged sql: 12 of 14 rows are its, the others run beside it. That saves 3.0 ms a step.",
                        "A step of 20 ms. Unmerged: 14 rows of 5 requests. Requests run in the order of arrival.");
        assertThat(reasons(report).steps("1", at(500), at(4000))).isEmpty();
    }

    @Test
    void stepsOfWhichNotAllAreKeptAreNotCounted() {
        var report =
                Decisions.report(
                        MergeView.UNMERGED,
                        Decisions.unmerged().why("in the order of arrival").step(5),
                        Decisions.unmerged().why("in the order of arrival").step(4),
                        Decisions.unmerged().why("in the order of arrival").step(2));
        assertThat(reasons(report).steps("0", at(3500), at(6000)))
                .containsExactly(
                        "2 of its steps, of 20 ms on average; of the newest: Unmerged: 14 rows of 5 requests. Requests run in the order of arrival.");
        assertThat(reasons(report).steps("0", at(1500), at(2500)))
                .containsExactly(
                        "One of its steps, of 20 ms. Unmerged: 14 rows of 5 requests. Requests run in the order of arrival.");
        assertThat(reasons(report).steps("0", at(4500), at(6000)))
                .as("newer than what is left out")
                .containsExactly(
                        "A step of 20 ms. Unmerged: 14 rows of 5 requests. Requests run in the order of arrival.");
    }

    @Test
    void switchesOfWeightsAreInTheSameWords() {
        var span =
                new ModeSpan(
                        "0",
                        "merged(sql#1)",
                        at(0),
                        at(1),
                        "merged:sql#1: 90.0 tokens/s over 2.00 s");
        assertThat(span.words(reasons())).isEqualTo("merged sql");
        assertThat(span.sentence(reasons()))
                .isEqualTo("sql alone was predicted to give 90 tokens/s over the next 2.00 s.");
    }

    @Test
    void figuresOfAllTokensAreOnTheLastPartOfTheirs() {
        var row = row(times(0, 0, 100, 900), at(0));
        var explanation = new Explanation(row, reasons(), List.of(), List.of());
        assertThat(explanation.of(new Part(Phase.DECODE, at(100), at(400), "0")))
                .containsExactly(
                        "Its tokens were computed until the next part; its last part has figures of all.");
        assertThat(explanation.of(new Part(Phase.DECODE, at(500), at(900), "1")))
                .containsExactly("2 tokens, one in 800 ms on average, interruptions included.");
    }

    @Test
    void aMoveHasItsWayAndItsPause() {
        var row =
                row(
                        times(0, 0, 100, 900),
                        at(0),
                        mark(Kind.MOVED, 400, "1"),
                        mark(Kind.ARRIVED, 420, "1"),
                        mark(Kind.RESUMED, 500, "1"));
        var earlier = move(300, "1", "moved", "");
        var own = move(420, "1", "moved", "");
        var part = Course.of(row).stream().filter(one -> one.phase() == Phase.MOVED).findFirst();
        assertThat(
                        new Explanation(row, reasons(), List.of(own, earlier), List.of())
                                .of(part.orElseThrow()))
                .containsExactly(
                        "It moved from replica 0 to 1, with 2.0 MB of KV; the whole move took 420 ms.",
                        "It was on its way for 20 ms; its next token came 80 ms after that.",
                        "Who ordered the move is not in memory any more; the last 256 moves are.");
    }

    @Test
    void thePartInWhichAMoveWasRefusedSaysWhy() {
        var row =
                row(
                        times(0, 0, 100, 900),
                        at(0),
                        mark(Kind.MOVED, 400, "1"),
                        mark(Kind.ARRIVED, 450, "0"),
                        mark(Kind.RESUMED, 500, "0"));
        var failed = move(450, "1", "failed", "the KV cache is full");
        assertThat(
                        new Explanation(row, reasons(), List.of(failed), List.of())
                                .of(Course.of(row).getLast()))
                .contains(
                        "Replica 1 did not take it: the KV cache is full. It went on here after 50 ms.");
    }

    private static EventRecord move(int end, String to, String outcome, String reason) {
        return new EventRecord(
                HistoryKey.least(at(end)),
                "request_moved",
                "0",
                null,
                "r",
                "{\"from\": \"0\", \"to\": \"%s\", \"seconds\": %s, \"bytes\": 2000000, \"outcome\": \"%s\", \"reason\": \"%s\"}"
                        .formatted(to, end / 1e3, outcome, reason));
    }

    @Test
    void anOutageNamesTheReplicaThatFailedAndTheOneThatWentOn() {
        var row =
                row(
                        times(0, 0, 100, 900),
                        at(0),
                        mark(Kind.LOST, 400, "0"),
                        mark(Kind.RESCUED, 600, "1"),
                        mark(Kind.RESUMED, 700, "1"));
        var explanation = new Explanation(row, reasons(), List.of(), List.of());
        var rescued = Course.of(row).stream().filter(one -> one.phase() == Phase.RESCUED).toList();
        assertThat(explanation.of(rescued.getFirst()))
                .containsExactly(
                        "Replica 0 failed, or could not go on with it. It waited for another one.");
        assertThat(explanation.of(rescued.getLast())).first().asString().startsWith("Replica 1 ");
        var ended = row(times(0, 0, 100, 900), at(0), mark(Kind.LOST, 400, "0"));
        assertThat(
                        new Explanation(ended, reasons(), List.of(), List.of())
                                .of(Course.of(ended).getLast()))
                .containsExactly(
                        "Replica 0 failed, or could not go on with it. No other one took it.");
    }

    @Test
    void otherMergedAdaptersAreTheReasonOfAPause() {
        var row = row(times(100, 200, 300, 10_000), at(250));
        var decode = Course.of(row).getLast();
        var modes =
                List.of(
                        new ModeSpan("0", "merged(leet#2)", at(200), at(8300), ""),
                        new ModeSpan("0", "merged(sql#1)", at(8300), at(9000), ""),
                        new ModeSpan("0", "unmerged", at(9000), at(10_000), ""));
        assertThat(new Explanation(row, reasons(), List.of(), modes).of(decode))
                .hasSize(2)
                .last()
                .isEqualTo(
                        "Others were merged (leet#2 for 8.00 s): this request paused, as they ran alone.");
        assertThat(new Explanation(row, reasons(), List.of(), modes.subList(1, 3)).of(decode))
                .as("its own adapter was merged")
                .hasSize(1);
    }
}
