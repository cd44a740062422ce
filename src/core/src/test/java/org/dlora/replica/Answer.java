package org.dlora.replica;

import java.util.Set;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.jspecify.annotations.Nullable;

/** Answer of one request outside of any replica, for oracles of other packages. */
public final class Answer {
    private final Output output;

    public Answer(GenerationRequest request, Set<Integer> endTokens, int maxSequenceLength) {
        var state = SequenceState.of(request);
        output = new Output(state, new SequenceTally(state), endTokens, maxSequenceLength);
    }

    public GenerationEvent.Token add(SampledToken token) {
        return output.add(token);
    }

    /** Returns the end, null before. */
    public GenerationEvent.@Nullable Finished finished() {
        return output.finished();
    }
}
