package org.dlora.engine.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.dlora.constraint.Constraint;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.engine.sampling.SamplingState;
import org.dlora.replica.GenerationRequest;
import org.dlora.replica.SampledToken;
import org.dlora.replica.SequenceState;
import org.dlora.replica.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * The sampling state and the text stream of one unfinished request. Both follow from the request
 * and its output tokens. So an exported sequence does not carry them: the next replica builds them
 * again.
 */
public final class RequestOutput {
    private final GenerationRequest request;
    private final SamplingState sampling;
    private final TextStream text;

    private RequestOutput(GenerationRequest request, SamplingState sampling, TextStream text) {
        this.request = request;
        this.sampling = sampling;
        this.text = text;
    }

    /**
     * Returns the output of a request that goes on where {@code state} left off.
     *
     * @param endTokens of the model
     * @param constraints compiles the request's constraint, if it has one
     */
    public static RequestOutput resume(
            SequenceState state,
            Set<Integer> endTokens,
            TextStream.Factory texts,
            Function<ConstraintDefinition, Constraint> constraints) {
        var request = state.request();
        var definition = request.constraint();
        var sampling =
                new SamplingState(
                        request,
                        endTokens,
                        definition == null ? null : constraints.apply(definition));
        var text = texts.open(request.textBefore(), request.skipSpecialTokens());
        sampling.resume(state.output());
        for (int token : state.output()) {
            text.next(token);
        }
        return new RequestOutput(request, sampling, text);
    }

    /** Returns the output tokens of a sequence with their texts. */
    public static List<SampledToken> texts(SequenceState state, TextStream.Factory texts) {
        var request = state.request();
        var text = texts.open(request.textBefore(), request.skipSpecialTokens());
        var replayed = new ArrayList<SampledToken>();
        for (int token : state.output()) {
            replayed.add(new SampledToken(token, text.next(token), null));
        }
        return replayed;
    }

    GenerationRequest request() {
        return request;
    }

    SamplingState sampling() {
        return sampling;
    }

    /** Takes a sampled token and returns it with its text. */
    SampledToken add(int token, @Nullable TokenLogprobs logprobs) {
        sampling.add(token);
        return new SampledToken(token, text.next(token), logprobs);
    }
}
