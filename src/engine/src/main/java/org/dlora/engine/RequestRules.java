package org.dlora.engine;

import static org.dlora.replica.request.StopConditions.MAX_STOP_LENGTH;
import static org.dlora.replica.request.StopConditions.MAX_STOP_STRINGS;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dlora.constraint.Constraint;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.device.KvLayout;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.TokenBias;
import org.dlora.replica.request.TokenIdSet;
import org.jspecify.annotations.Nullable;

/** Rules for requests that a replica refuses at once because no step could ever serve them. */
final class RequestRules {
    private final ReplicaSettings settings;
    private final Set<String> adapters;
    private final int vocabSize;
    private final Function<ConstraintDefinition, Constraint> constraints;

    RequestRules(
            ReplicaSettings settings,
            Set<String> adapters,
            int vocabSize,
            Function<ConstraintDefinition, Constraint> constraints) {
        this.settings = settings;
        this.adapters = adapters;
        this.vocabSize = vocabSize;
        this.constraints = constraints;
    }

    /**
     * Checks a request.
     *
     * @throws IllegalArgumentException naming what is wrong and what would be right
     */
    void check(GenerationRequest request) {
        var adapter = request.adapter();
        require(
                adapter.isBase() || adapters.contains(adapter.toString()),
                () ->
                        "Adapter '%s' is not loaded; loaded are %s"
                                .formatted(adapter, new TreeSet<>(adapters)));
        checkBesideAdapter(request);
    }

    /**
     * Checks all of a request but its adapter.
     *
     * @throws IllegalArgumentException naming what is wrong and what would be right
     */
    void checkBesideAdapter(GenerationRequest request) {
        checkPrompt(request.prompt());
        var stop = request.stop();
        require(
                stop.maxTokens() >= 1,
                () -> "max_tokens must be at least 1, not %d".formatted(stop.maxTokens()));
        checkStopStrings(stop.stopStrings());
        checkTokens(TokenIdSet.of(stop.stopTokens()).ends(), "stop_token_ids");
        checkTokens(TokenBias.of(request.sampling().logitBias()).ends(), "logit_bias");
        checkTokens(TokenIdSet.of(request.sampling().allowedTokens()).ends(), "allowed_token_ids");
        require(
                request.constraint() == null || !stop.ignoreEos(),
                () -> "ignore_eos must be false with a constraint, which says where the text ends");
    }

    /**
     * Returns a request's constraint, compiled; null if it has none. Blocks while it is compiled,
     * so the replica's thread must not call it.
     *
     * @throws org.dlora.constraint.grammar.ConstraintException if it cannot be enforced
     */
    @Nullable Constraint constraint(GenerationRequest request) {
        var constraint = request.constraint();
        return constraint == null ? null : constraints.apply(constraint);
    }

    private static void checkStopStrings(List<String> stops) {
        require(
                stops.size() <= MAX_STOP_STRINGS,
                () ->
                        "The request has %d stop strings; at most %d are allowed"
                                .formatted(stops.size(), MAX_STOP_STRINGS));
        for (var stop : stops) {
            require(!stop.isEmpty(), () -> "A stop string must not be empty");
            require(
                    stop.length() <= MAX_STOP_LENGTH,
                    () ->
                            "A stop string has %d characters; at most %d are allowed"
                                    .formatted(stop.length(), MAX_STOP_LENGTH));
        }
    }

    private void checkPrompt(int[] prompt) {
        require(prompt.length > 0, () -> "The prompt has no tokens; at least 1 is needed");
        require(
                prompt.length < settings.maxModelLength(),
                () ->
                        "The prompt has %d tokens, but prompt and output together can have %d. Shorten the prompt."
                                .formatted(prompt.length, settings.maxModelLength()));
        require(
                prompt.length < settings.maxSequenceLength(),
                () ->
                        "The prompt has %d tokens and needs %d KV blocks, but the whole cache has %d. Shorten the prompt or enlarge the KV cache."
                                .formatted(
                                        prompt.length,
                                        KvLayout.blocksFor(prompt.length + 1),
                                        settings.usableKvBlocks()));
        checkTokens(prompt, "The prompt");
    }

    private void checkTokens(int[] tokens, String where) {
        for (int token : tokens) {
            checkToken(token, where);
        }
    }

    private void checkToken(int token, String where) {
        if (token < 0 || token >= vocabSize) { // No object for each token of a long prompt.
            throw new IllegalArgumentException(
                    "%s has token id %d, but the vocabulary has the ids 0 to %d"
                            .formatted(where, token, vocabSize - 1));
        }
    }

    private static void require(boolean holds, Supplier<String> problem) {
        if (!holds) {
            throw new IllegalArgumentException(problem.get());
        }
    }
}
