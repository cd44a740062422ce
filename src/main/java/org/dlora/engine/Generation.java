package org.dlora.engine;

import org.dlora.replica.GenerationRequest;
import org.dlora.replica.SampledToken;
import org.dlora.replica.SequenceState;
import org.dlora.replica.TokenLogprobs;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic and the text of one unfinished request. All of it follows from the request and its
 * output tokens, so it is not part of what a sequence exports.
 */
final class Generation {
    private final GenerationRequest request;
    private final SamplingState sampling;
    private final TextStream text;

    private Generation(GenerationRequest request, SamplingState sampling, TextStream text) {
        this.request = request;
        this.sampling = sampling;
        this.text = text;
    }

    /** Opens a generation at the place where {@code state} left off. */
    static Generation resume(SequenceState state, ReplicaModel model) {
        var request = state.request();
        var sampling = new SamplingState(request, model.endTokens());
        var text = model.texts().open(request.textBefore(), request.skipSpecialTokens());
        sampling.resume(state.output());
        for (int token : state.output()) {
            text.next(token);
        }
        return new Generation(request, sampling, text);
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
        var complete = text.next(token);
        return new SampledToken(token, complete, text.rest(), logprobs);
    }
}
