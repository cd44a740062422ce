package org.dlora.api.openai.answer;

import java.util.Arrays;
import org.dlora.api.openai.call.Call;
import org.dlora.api.openai.call.Usage;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.NullNode;

/** Counter of a stream's output tokens, and the value of {@code usage} in its chunks. */
public final class StreamUsage {
    private final Call call;
    private final int[] outputTokens;
    private final int[] cachedTokens;

    public StreamUsage(Call call) {
        this.call = call;
        this.outputTokens = new int[call.sequences().size()];
        this.cachedTokens = new int[outputTokens.length];
    }

    public void count(int sequence) {
        outputTokens[sequence]++;
    }

    /** Sets the counts that the engine reports at the end. */
    public void set(int sequence, int tokens, int cached) {
        outputTokens[sequence] = tokens;
        cachedTokens[sequence] = cached;
    }

    /**
     * Returns {@code usage} of a chunk of {@code sequence}: null if it is absent, a JSON null if
     * the counts come at the end, or the counts so far.
     */
    @Nullable
    public Object of(int sequence) {
        if (!call.options().usage()) {
            return null;
        }
        return call.options().continuousUsage()
                ? call.usageOf(sequence, outputTokens[sequence])
                : NullNode.getInstance();
    }

    public Usage total() {
        return call.usage(Arrays.stream(outputTokens), sequence -> cachedTokens[sequence]);
    }
}
