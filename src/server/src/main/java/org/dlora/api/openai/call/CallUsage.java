package org.dlora.api.openai.call;

import java.util.Arrays;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationEvent.Failed;
import org.dlora.replica.request.GenerationEvent.Finished;
import org.dlora.replica.request.GenerationEvent.Prompt;
import org.dlora.replica.request.GenerationEvent.Token;
import org.dlora.security.limits.Admission;
import org.jspecify.annotations.Nullable;

/**
 * Usage of its limits by a running call: each computed prompt, as soon as rows of it are, and each
 * token that was made, also those that the client did not wait for. A call that fails before it has
 * a token uses nothing. Thread-safe.
 */
final class CallUsage {
    /** Usage of a call that has no limits. */
    static final CallUsage NONE = new CallUsage(null, new long[0], 1, false);

    private final @Nullable Admission admission;

    /** Tokens of each prompt that is computed. */
    private final long[] promptTokens;

    /** Sequences that share a computed prompt. */
    private final int choices;

    /** Whether the one token of each sequence is left out of the answer. */
    private final boolean promptOnly;

    private final boolean[] begun;
    private final long[] outputTokens;
    private boolean failed;

    CallUsage(@Nullable Admission admission, Call call) {
        this(
                admission,
                Arrays.stream(call.computedPrompts()).asLongStream().toArray(),
                call.choicesOfOnePrompt(),
                call.promptOnly());
    }

    /** Usage of a call of one prompt of {@code promptTokens}. */
    CallUsage(@Nullable Admission admission, long promptTokens, int choices) {
        this(admission, new long[] {promptTokens}, choices, false);
    }

    private CallUsage(
            @Nullable Admission admission, long[] promptTokens, int choices, boolean promptOnly) {
        this.admission = admission;
        this.promptTokens = promptTokens;
        this.choices = choices;
        this.promptOnly = promptOnly;
        begun = new boolean[promptTokens.length];
        outputTokens = new long[promptTokens.length * choices];
    }

    /** Notes that the first rows of a sequence are about to be computed. */
    synchronized void began(int index) {
        if (admission != null) {
            begun[index / choices] = true;
        }
    }

    /** Counts an event of a sequence. */
    synchronized void count(int index, GenerationEvent event) {
        if (admission == null) {
            return;
        }
        switch (event) {
            case Prompt _ -> begun[index / choices] = true;
            case Token _ -> outputTokens[index]++;
            case Finished finished -> outputTokens[index] = finished.outputTokens();
            case Failed _ -> failed = true;
        }
        if (outputTokens[index] > 0) {
            begun[index / choices] = true;
        }
    }

    /** Gives back all of it: the call was refused. */
    void refused() {
        if (admission != null) {
            admission.withdraw();
        }
    }

    /** Gives back what was not used; does nothing the second time. */
    synchronized void settle() {
        if (admission != null) {
            admission.settle(used());
        }
    }

    private long used() {
        long output = Arrays.stream(outputTokens).sum();
        if (failed && output == 0) {
            return 0;
        }
        long used = promptOnly ? 0 : output;
        for (int prompt = 0; prompt < begun.length; prompt++) {
            used += begun[prompt] ? promptTokens[prompt] : 0;
        }
        return used;
    }
}
