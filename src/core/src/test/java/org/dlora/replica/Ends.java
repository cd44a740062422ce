package org.dlora.replica;

import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.jspecify.annotations.Nullable;

/** Last events of answers for tests. */
public final class Ends {
    private Ends() {}

    /** Returns the end of an answer that was never preempted, and whose steps were not counted. */
    public static Finished finished(
            FinishReason reason,
            String text,
            @Nullable Object stop,
            int promptTokens,
            int cachedTokens,
            int outputTokens) {
        return new Finished(
                reason,
                text,
                stop,
                new SequenceUsage(promptTokens, cachedTokens, outputTokens, 0, StepCounts.NONE));
    }
}
