package org.dlora.catalogue.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.dlora.catalogue.history.RequestRecord;
import org.dlora.cluster.facts.TokenChain;
import org.dlora.replica.request.TokenLogprobs;
import org.dlora.replica.request.TokenLogprobs.Entry;
import org.junit.jupiter.api.Test;

class ReplayComparisonTest {
    private static final int VOCABULARY = 100;
    private static final int[] PROMPT = {1, 2};

    private static Rerun rerun(int... tokens) {
        return new Rerun(
                tokens,
                Arrays.stream(tokens)
                        .mapToObj(token ->
                                new TokenLogprobs(
                                        new Entry(token, -0.5f),
                                        List.of(new Entry(token, -0.5f), new Entry(50, -1.5f))))
                        .toList());
    }

    private static ReplayReport compare(RequestRecord row, int... replayed) {
        return ReplayComparison.of(row, rerun(replayed), VOCABULARY);
    }

    private static TokenDifference difference(ReplayReport report) {
        return Objects.requireNonNull(report.difference());
    }

    @Test
    void theSameTokensAreIdentical() {
        var report = compare(TestRows.of("r", PROMPT, 8, 9).row(), 8, 9);
        assertThat(report)
                .isEqualTo(new ReplayReport(ReplayVerdict.IDENTICAL, 2, 2, null, null, List.of()));
        var kept = TestRows.of("r", PROMPT, 8, 9).withText(PROMPT, 8, 9).row();
        assertThat(compare(kept, 8, 9)).isEqualTo(report);
    }

    @Test
    void theFirstDifferentTokenIsFoundByItsHashAlone() {
        var report = compare(TestRows.of("r", PROMPT, 8, 50, 3).row(), 8, 9, 3);
        assertThat(report.verdict()).isEqualTo(ReplayVerdict.DIFFERENT);
        assertThat(difference(report))
                .isEqualTo(
                        new TokenDifference(
                                1, OptionalInt.of(50), OptionalInt.of(9), null, -1.5f, -0.5f));
        assertThat(report.notes()).singleElement().asString().contains("did not ask");
    }

    @Test
    void logprobsOfBothAreSaidWhereTheyAreKnown() {
        var row = TestRows.of("r", PROMPT, 8, 50).withLogprobs(-0.1f, -0.2f).row();
        var found = difference(compare(row, 8, 9));
        assertThat(found.originalLogprob()).isEqualTo(-0.2f);
        assertThat(found.originalInReplay()).isEqualTo(-1.5f);
        assertThat(found.replayLogprob()).isEqualTo(-0.5f);
        assertThat(compare(row, 8, 9).notes()).isEmpty();
        var unlikely = TestRows.of("r", PROMPT, 8, 51).row();
        assertThat(difference(compare(unlikely, 8, 9)).originalInReplay()).isNull();
    }

    @Test
    void anAnswerThatEndsEarlierDiffersAtItsEnd() {
        var shorter = difference(compare(TestRows.of("r", PROMPT, 8).row(), 8, 9));
        assertThat(shorter.index()).isEqualTo(1);
        assertThat(shorter.original()).isEmpty();
        assertThat(shorter.replay()).hasValue(9);
        var longer = difference(compare(TestRows.of("r", PROMPT, 8, 9).row(), 8));
        assertThat(longer.index()).isEqualTo(1);
        assertThat(longer.original()).hasValue(9);
        assertThat(longer.replay()).isEmpty();
        assertThat(longer.replayLogprob()).isNull();
    }

    @Test
    void keptTokensThatDoNotHaveTheirHashesAreAltered() {
        var row = TestRows.of("r", PROMPT, 8, 9, 3).withText(PROMPT, 8, 7, 3).row();
        var report = compare(row, 8, 9, 3);
        assertThat(report.verdict()).isEqualTo(ReplayVerdict.ALTERED);
        assertThat(difference(report).index()).isEqualTo(1);
        assertThat(difference(report).original()).hasValue(7);
        assertThat(difference(report).replay()).hasValue(9);
        assertThat(report.notes()).first().asString().contains("from token 1 on");
    }

    @Test
    void aHashOfNoTokenIsAltered() {
        var hashes = TokenChain.of(8, 9, 3);
        hashes[TokenChain.BYTES]++;
        var report = compare(TestRows.of("r", PROMPT, 8, 9, 3).row(hashes), 8, 9, 3);
        assertThat(report.verdict()).isEqualTo(ReplayVerdict.ALTERED);
        assertThat(difference(report).index()).isEqualTo(1);
        assertThat(difference(report).original()).isEmpty();
        assertThat(report.notes()).first().asString().contains("belongs to no token");
    }

    @Test
    void aKeptPromptWithAnotherHashIsAltered() {
        var row = TestRows.of("r", PROMPT, 8).withText(new int[] {1, 3}, 8).row();
        var report = compare(row, 8);
        assertThat(report.verdict()).isEqualTo(ReplayVerdict.ALTERED);
        assertThat(report.difference()).isNull();
        assertThat(report.notes()).first().asString().contains("prompt");
    }

    /** Logits with a standard deviation of 1, the two best of them a gap apart. */
    private static List<Entry> step(double gap) {
        return IntStream.range(0, 1000)
                .mapToObj(
                        i -> new Entry(i, (float) (i == 0 ? 2 : i == 1 ? 2 - gap : i % 2 * 2 - 1)))
                .toList();
    }

    @Test
    void noiseExplainsAGapWithinItsBound() {
        var different = compare(TestRows.of("r", PROMPT, 1).row(), 0);
        // 4·√2·0.01·1
        var close = different.withNoise(0.01, step(0.05));
        assertThat(close.verdict()).isEqualTo(ReplayVerdict.WITHIN_NOISE);
        var noise = Objects.requireNonNull(close.noise());
        assertThat(noise.bound().orElseThrow()).isCloseTo(0.0566, offset(0.001));
        assertThat(noise.gap().orElseThrow()).isCloseTo(0.05, offset(1e-6));
        assertThat(different.withNoise(0.01, step(0.06)).verdict())
                .isEqualTo(ReplayVerdict.DIFFERENT);
    }

    @Test
    void noiseExplainsNoContradiction() {
        var row = TestRows.of("r", PROMPT, 0).withText(PROMPT, 1).row();
        assertThat(compare(row, 0).withNoise(1, step(0.01)).verdict())
                .isEqualTo(ReplayVerdict.ALTERED);
    }
}
