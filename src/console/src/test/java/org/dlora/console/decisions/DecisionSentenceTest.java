package org.dlora.console.decisions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.dlora.console.decisions.Decisions.SQL;
import static org.dlora.console.decisions.Decisions.merged;
import static org.dlora.console.decisions.Decisions.pending;
import static org.dlora.console.decisions.Decisions.unmerged;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecisionSentenceTest {

    @Test
    void mixedStepSaysWhoseRowsRanAndWhatThatSaves() {
        assertThat(
                        merged("mixed:" + SQL, 2)
                                .candidate("unmerged", 200, 0.023, 0)
                                .candidate("mixed:" + SQL, 220, 0.020, 0)
                                .sentence())
                .isEqualTo(
                        "Merged sql: 12 of 14 rows are its, the others run beside it. That saves 3.0 ms a step.");
    }

    @Test
    void modeIsKeptThoughAnotherIsHardlyFaster() {
        assertThat(
                        merged("mixed:" + SQL, 2)
                                .candidate("unmerged", 200, 0.023, 0)
                                .candidate("mixed:" + SQL, 190, 0.024, 0)
                                .sentence())
                .endsWith("Unmerged would save 1.0 ms a step, which is too little for a switch.");
        assertThat(
                        unmerged()
                                .candidate("unmerged", 200, 0.023, 0)
                                .candidate("mixed:" + SQL, 206, 0.022, 0.041)
                                .sentence())
                .isEqualTo(
                        "Unmerged: 14 rows of 5 requests. Merging sql would give 3 % more, which is too little for a switch.");
    }

    @Test
    void switchThatIsBuiltSaysItsCostAndGain() {
        assertThat(
                        pending("mixed:" + SQL)
                                .candidate("unmerged", 200, 0.023, 0)
                                .candidate("mixed:" + SQL, 220, 0.020, 0.041)
                                .sentence())
                .isEqualTo(
                        "Unmerged: 14 rows of 5 requests. Next is merged sql: the switch costs 41 ms and saves 3.0 ms a step.");
        assertThat(
                        pending("merged:" + SQL)
                                .candidate("unmerged", 200, 0.023, 0)
                                .candidate("merged:" + SQL, 1320, 0.020, 0.041)
                                .sentence())
                .endsWith(
                        "Next is sql alone: the switch costs 41 ms and gives 1\u202f320 instead of 200 tokens/s unmerged.");
    }

    @Test
    void adapterAloneSaysThatTheOthersPause() {
        assertThat(
                        merged("merged:" + SQL, 0)
                                .candidate("unmerged", 200, 0.023, 0)
                                .candidate("merged:" + SQL, 320, 0.020, 0)
                                .sentence())
                .isEqualTo(
                        "Merged sql alone: its 14 rows ran and all others paused. That gives 320 tokens/s over the next 400 ms; unmerged it would be 200.");
    }

    @Test
    void onlyRowsOfTheMergedAdapter() {
        var one = merged("mixed:" + SQL, 0).rows(1);
        assertThat(one.candidate("unmerged", 200, 1e-5, 0).sentence())
                .isEqualTo("Merged sql: the only row is its.");
        assertThat(
                        merged("mixed:" + SQL, 0)
                                .candidate("unmerged", 200, 2e-5, 0)
                                .candidate("mixed:" + SQL, 200, 1e-5, 0)
                                .sentence())
                .isEqualTo("Merged sql: all 14 rows are its. That saves less than 0.1 ms a step.");
    }

    @Test
    void unmergedSaysWhatSpeaksAgainstTheOthers() {
        assertThat(
                        unmerged()
                                .candidate("unmerged", 210, 0.02, 0)
                                .candidate("mixed:" + SQL, 190, 0.02, 0.041)
                                .sentence())
                .endsWith("Merging sql would cost 41 ms and give 190 instead of 210 tokens/s.");
        assertThat(
                        unmerged()
                                .candidate("unmerged", 210, 0.02, 0)
                                .candidate("mixed:" + SQL, 190, 0.02, 0)
                                .sentence())
                .endsWith("Merged sql would give 190 instead of 210 tokens/s.");
        assertThat(
                        unmerged()
                                .candidate("unmerged", 210, 0.02, 0)
                                .refused(
                                        "mixed:" + SQL, "a request of the step wants exact weights")
                                .sentence())
                .endsWith("sql is not merged: a request of the step wants exact weights.");
        assertThat(unmerged().candidate("unmerged", 210, 0.02, 0).sentence())
                .endsWith("No adapter has rows that merging would speed up.");
    }

    @Test
    void aSentenceHasNoFiguresWithoutMeasuredCosts() {
        var step =
                unmerged()
                        .candidate("unmerged", 210, 0.02, 0)
                        .candidate("mixed:" + SQL, 190, 0.02, 1)
                        .step(1, 0.02, Double.NaN);
        assertThat(DecisionSentence.of(step, Decisions.NAMES))
                .isEqualTo(
                        "Unmerged: 14 rows of 5 requests. The costs of steps are not measured yet, so modes were not compared.");
    }

    @Test
    void saysWhatIsBuiltMeanwhile() {
        assertThat(
                        merged("merged:" + SQL, 0)
                                .target("upper#2")
                                .candidate("unmerged", 200, 0.023, 0)
                                .candidate("merged:" + SQL, 320, 0.020, 0)
                                .sentence())
                .endsWith("upper is built meanwhile, as it comes next.");
        assertThat(
                        unmerged()
                                .target("upper#2")
                                .why("unmerged; 'upper#2' is built to measure what merging takes")
                                .candidate("unmerged", 200, 0.023, 0)
                                .sentence())
                .endsWith("upper is built to measure what merging takes.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    in the order of arrival | Requests run in the order of arrival.
                    'sql#1' has the oldest request | sql has the oldest request.
                    sql#1 has 12 of 14 ≥ α 0.3: merged | sql has 12 of 14 requests, at least the share α of 0.30, so it is merged.
                    sql#1 has 12 of 14 ≥ β 0.25: stays merged | sql has 12 of 14 requests, at least the share β of 0.25, so it stays merged.
                    sql#1 has 2 of 14: unmerged | sql has 2 of 14 requests, too few to be merged.
                    no adapter can be merged | No adapter can be merged.
                    """)
    void rulesAreInPlainWords(String why, String expected) {
        assertThat(merged("merged", 0).why(why).sentence())
                .isEqualTo("Merged sql: all 14 rows are its. " + expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    mixed:sql: 220.4 tokens/s over 0.40 s | merged sql with others beside it was predicted to give 220 tokens/s over the next 400 ms
                    merged:a:b: 90.0 tokens/s over 2.00 s; until it is built unmerged | a:b alone was predicted to give 90 tokens/s over the next 2.00 s; until it is built, unmerged runs
                    unmerged: 7.0 tokens/s over 0.05 s; x is built to measure what merging takes | unmerged was predicted to give 7 tokens/s over the next 50 ms; x is built to measure what merging takes
                    something else | something else
                    """)
    void recordedReasonsAreInPlainWords(String why, String expected) {
        assertThat(RuleWords.plain(why)).isEqualTo(expected);
    }

    @Test
    void recordedModesAndIdsAreInPlainWords() {
        var names =
                RegistrationNames.of(
                        Map.of(
                                "sql#1",
                                "sql",
                                "my sql#3",
                                "my sql",
                                "x#12",
                                "x$1",
                                "a,b#4",
                                "a,b"));
        assertThat(RuleWords.mode("merged(my sql#3)", names::name)).isEqualTo("merged my sql");
        assertThat(RuleWords.mode("unmerged", names::name)).isEqualTo("unmerged");
        assertThat(names.in("'my sql#3', sql#1 and sql#12 beside merged(x#12), [sql#1, x#12]"))
                .isEqualTo("my sql, sql and sql#12 beside merged(x$1), [sql, x$1]");
    }

    @Test
    void namesStandAsTheyAre() {
        var odd = RegistrationNames.of(Map.of(SQL, "<b>\"ü\"</b>"));
        assertThat(DecisionSentence.of(merged("x", 2).step(1), odd))
                .contains("Merged <b>\"ü\"</b>:");
        assertThat(RegistrationNames.of(Map.of()).name("old#7")).isEqualTo("old#7");
    }
}
