package org.dlora.catalogue.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.dlora.replica.request.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * A request of the history compared with its replay.
 *
 * @param originalTokens output tokens of the request
 * @param replayTokens output tokens of the replay
 * @param difference the first difference, null if there is none
 * @param noise of merged weights; null if no step of the request ran merged or mixed, or if nothing
 *     differs
 * @param notes sentences on contradictions in the row, and on what is not known
 */
public record ReplayReport(
        ReplayVerdict verdict,
        int originalTokens,
        int replayTokens,
        @Nullable TokenDifference difference,
        @Nullable MergeNoise noise,
        List<String> notes) {
    public ReplayReport {
        notes = List.copyOf(notes);
    }

    /** Returns a copy with one more note. */
    public ReplayReport noted(String note) {
        var all = new ArrayList<>(notes);
        all.add(note);
        return new ReplayReport(verdict, originalTokens, replayTokens, difference, noise, all);
    }

    /** Returns a copy with noise that could not be compared with the difference. */
    public ReplayReport withUnknownNoise(OptionalDouble deviation, String why) {
        return with(MergeNoise.unknown(deviation)).noted(why);
    }

    /**
     * Returns a copy with the noise of merged weights at the first difference.
     *
     * @param deviation relative, of logits
     * @param step log-probabilities of all tokens of the replay's step there, the best first
     */
    public ReplayReport withNoise(double deviation, List<TokenLogprobs.Entry> step) {
        if (difference == null || difference.original().isEmpty()) {
            return this;
        }
        return with(MergeNoise.of(deviation, step, difference.original().getAsInt()));
    }

    private ReplayReport with(MergeNoise found) {
        var judged =
                verdict == ReplayVerdict.DIFFERENT && found.explains()
                        ? ReplayVerdict.WITHIN_NOISE
                        : verdict;
        return new ReplayReport(judged, originalTokens, replayTokens, difference, found, notes);
    }
}
