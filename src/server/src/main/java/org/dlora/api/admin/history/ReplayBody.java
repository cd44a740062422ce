package org.dlora.api.admin.history;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.dlora.catalogue.replay.MergeNoise;
import org.dlora.catalogue.replay.ReplayVerdict;
import org.dlora.catalogue.replay.TokenDifference;
import org.dlora.model.tokenizer.Tokenizer;
import org.dlora.operate.history.ReplayedRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A request compared with its replay.
 *
 * @param id of the request
 * @param verdict {@code identical}, {@code within_noise}, {@code different} or {@code altered}
 * @param adapter that ran it, null for the base model
 * @param version number of the adapter's version that ran it now
 * @param weightsHash of its weights
 * @param systemFingerprint of this server
 * @param unmergedSteps of the request; the replay is unmerged
 * @param outputTokens of the request
 * @param replayTokens output tokens of the replay
 * @param firstDifference null if there is none
 * @param noise null if no step of the request ran merged, or if nothing differs
 * @param notes contradictions and unknowns
 */
@JsonNaming(SnakeCaseStrategy.class)
public record ReplayBody(
        String id,
        String verdict,
        boolean identical,
        @Nullable String adapter,
        @Nullable Integer version,
        @Nullable String weightsHash,
        @Nullable Long seed,
        String systemFingerprint,
        int unmergedSteps,
        int mergedSteps,
        int mixedSteps,
        int outputTokens,
        int replayTokens,
        @Nullable Difference firstDifference,
        @Nullable Noise noise,
        List<String> notes) {

    /**
     * The first token that differs.
     *
     * @param index from 0
     * @param original token of the request, null if it had ended or the token is not known
     * @param replay token of the replay, null if it had ended
     */
    public record Difference(int index, @Nullable Token original, @Nullable Token replay) {}

    /**
     * A token with its natural log-probabilities.
     *
     * @param logprob in the request; null if that was not kept
     * @param replayLogprob in the replay; null if it is not among the likeliest there
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record Token(
            int id, String text, @Nullable Float logprob, @Nullable Float replayLogprob) {}

    /**
     * Noise of merged weights.
     *
     * @param logitDeviation relative; null if it was not measured
     * @param bound of the difference of two log-probabilities that noise explains; null if unknown
     * @param gap between the two tokens in the replay; null if unknown
     */
    @JsonNaming(SnakeCaseStrategy.class)
    public record Noise(
            @Nullable Double logitDeviation, @Nullable Double bound, @Nullable Double gap) {
        static Noise of(MergeNoise noise) {
            return new Noise(value(noise.deviation()), value(noise.bound()), value(noise.gap()));
        }
    }

    static ReplayBody of(ReplayedRequest replay, Tokenizer tokenizer) {
        var ended = replay.row().ended();
        var choice = replay.choice();
        var report = replay.report();
        var difference = report.difference();
        var noise = report.noise();
        return new ReplayBody(
                ended.id(),
                report.verdict().word(),
                report.verdict() == ReplayVerdict.IDENTICAL,
                ended.adapter(),
                choice == null ? null : (Integer) choice.version().number(),
                choice == null ? null : choice.served().source().knownVersion().orElse(null),
                ended.seed(),
                replay.systemFingerprint(),
                ended.unmergedSteps(),
                ended.mergedSteps(),
                ended.mixedSteps(),
                report.originalTokens(),
                report.replayTokens(),
                difference == null ? null : of(difference, tokenizer),
                noise == null ? null : Noise.of(noise),
                report.notes());
    }

    private static Difference of(TokenDifference difference, Tokenizer tokenizer) {
        return new Difference(
                difference.index(),
                token(
                        difference.original(),
                        difference.originalLogprob(),
                        difference.originalInReplay(),
                        tokenizer),
                token(difference.replay(), null, difference.replayLogprob(), tokenizer));
    }

    private static @Nullable Token token(
            OptionalInt token,
            @Nullable Float logprob,
            @Nullable Float replayLogprob,
            Tokenizer tokenizer) {
        return token.isEmpty()
                ? null
                : new Token(
                        token.getAsInt(),
                        tokenizer.decode(new int[] {token.getAsInt()}, false),
                        logprob,
                        replayLogprob);
    }

    private static @Nullable Double value(OptionalDouble value) {
        return value.isPresent() ? (Double) value.getAsDouble() : null;
    }
}
