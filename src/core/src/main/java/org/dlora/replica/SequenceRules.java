package org.dlora.replica;

import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.dlora.replica.request.StopConditions;
import org.dlora.replica.request.TokenBias;
import org.dlora.replica.request.TokenIdSet;

/**
 * Rules for sequences that a replica can serve. A message from elsewhere may say anything; a
 * sequence that breaks a rule would fail others later, so it is refused.
 */
final class SequenceRules {
    private final ReplicaShape shape;

    SequenceRules(ReplicaShape shape) {
        this.shape = shape;
    }

    /**
     * Checks a sequence.
     *
     * @throws IllegalArgumentException naming what is wrong, as the end of a sentence on the
     *     request
     */
    void check(SequenceState sequence) {
        var request = sequence.request();
        int outputs = sequence.output().length;
        require(request.prompt().length > 0, () -> "its prompt has no tokens");
        long tokens = (long) request.prompt().length + outputs;
        require(
                tokens < shape.maxSequenceLength(),
                () ->
                        "it has %d tokens, and a sequence can have %d"
                                .formatted(tokens, shape.maxSequenceLength()));
        require(
                outputs < request.stop().maxTokens(),
                () ->
                        "it has %d output tokens of at most %d"
                                .formatted(outputs, request.stop().maxTokens()));
        require(!sequence.lacksText(), () -> "the text of its output is missing");
        checkTokens(request.prompt(), "prompt");
        checkTokens(sequence.output(), "output");
        checkTokens(TokenIdSet.of(request.sampling().allowedTokens()).ends(), "allowed tokens");
        checkTokens(TokenBias.of(request.sampling().logitBias()).ends(), "logit bias");
        checkTokens(TokenIdSet.of(request.stop().stopTokens()).ends(), "stop tokens");
        checkTokens(request.logprobTokens(), "tokens of log-probabilities");
        checkStopStrings(request.stop().stopStrings());
        checkLogprobs(request.logprobs());
        checkLogprobs(request.promptLogprobs());
        checkProgress(sequence);
    }

    private void checkTokens(int[] tokens, String where) {
        for (int token : tokens) {
            checkToken(token, where);
        }
    }

    private void checkTokens(Collection<Integer> tokens, String where) {
        tokens.forEach(token -> checkToken(token, where));
    }

    private void checkToken(int token, String where) {
        if (token < 0 || token >= shape.vocabSize()) { // No object for each token of a long prompt.
            throw new IllegalArgumentException(
                    "its %s has token id %d, and there are %d"
                            .formatted(where, token, shape.vocabSize()));
        }
    }

    private static void checkStopStrings(List<String> stops) {
        require(
                stops.size() <= StopConditions.MAX_STOP_STRINGS,
                () -> "it has %d stop strings".formatted(stops.size()));
        for (var stop : stops) {
            require(
                    !stop.isEmpty() && stop.length() <= StopConditions.MAX_STOP_LENGTH,
                    () -> "it has a stop string of %d characters".formatted(stop.length()));
        }
    }

    private void checkLogprobs(int top) {
        require(
                top >= -1 && top <= shape.vocabSize(),
                () -> "it wants the %d likeliest tokens".formatted(top));
    }

    private static void checkProgress(SequenceState sequence) {
        int prompt = sequence.request().prompt().length;
        int reports = sequence.promptLogprobs().size();
        require(
                reports == 0 || (sequence.request().promptLogprobs() >= 0 && reports < prompt),
                () -> "it has %d log-probabilities of its prompt".formatted(reports));
        require(
                sequence.cachedTokens() >= 0 && sequence.cachedTokens() <= prompt,
                () ->
                        "it says that %d of its tokens were cached"
                                .formatted(sequence.cachedTokens()));
        require(
                sequence.age() >= 0 && sequence.age() < Double.POSITIVE_INFINITY,
                () -> "it is %s s old".formatted(sequence.age()));
    }

    private static void require(boolean holds, Supplier<String> problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem.get());
        }
    }
}
