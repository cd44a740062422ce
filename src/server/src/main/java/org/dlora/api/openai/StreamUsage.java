package org.dlora.api.openai;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.NullNode;

/** Counter of a stream's output tokens, and the value of {@code usage} in its chunks. */
final class StreamUsage {
    private final Call call;
    private final int[] outputTokens;
    private final int[] cachedTokens;

    StreamUsage(Call call) {
        this.call = call;
        this.outputTokens = new int[call.sequences().size()];
        this.cachedTokens = new int[outputTokens.length];
    }

    void count(int sequence) {
        outputTokens[sequence]++;
    }

    /** Sets the counts that the engine reports at the end. */
    void set(int sequence, int tokens, int cached) {
        outputTokens[sequence] = tokens;
        cachedTokens[sequence] = cached;
    }

    /**
     * Returns {@code usage} of a chunk of {@code sequence}: null if it is absent, a JSON null if
     * the counts come at the end, or the counts so far.
     */
    @Nullable Object of(int sequence) {
        if (!call.options().usage()) {
            return null;
        }
        return call.options().continuousUsage()
                ? call.usageOf(sequence, outputTokens[sequence])
                : NullNode.getInstance();
    }

    Usage total() {
        return call.usage(Arrays.stream(outputTokens), sequence -> cachedTokens[sequence]);
    }
}
