package org.dlora.engine.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.constraint.Constraint;
import org.dlora.engine.sampling.SamplingState;
import org.dlora.replica.SampledToken;
import org.dlora.replica.SequenceState;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.TokenLogprobs;
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
     * @param constraint of the request, compiled; null if it has none
     * @throws IllegalStateException if the constraint is missing, or excludes an output token
     */
    public static RequestOutput resume(
            SequenceState state,
            Set<Integer> endTokens,
            TextStream.Factory texts,
            @Nullable Constraint constraint) {
        var request = state.request();
        if (constraint == null && request.constraint() != null) {
            throw new IllegalStateException(
                    "The constraint of request " + request.id() + " was not compiled");
        }
        var sampling = new SamplingState(request, endTokens, constraint);
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
