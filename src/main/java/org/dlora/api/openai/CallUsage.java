package org.dlora.api.openai;

import org.dlora.replica.GenerationEvent;
import org.dlora.replica.GenerationEvent.Failed;
import org.dlora.replica.GenerationEvent.Finished;
import org.dlora.replica.GenerationEvent.Prompt;
import org.dlora.replica.GenerationEvent.Token;
import org.dlora.security.limits.Admission;
import org.jspecify.annotations.Nullable;

/**
 * What a running call uses of its limits: its prompts once, and each token that was made, also
 * those that the client did not wait for. A call that fails before it has a token uses nothing.
 * Thread-safe.
 */
final class CallUsage {
    /** Usage of a call that has no limits. */
    static final CallUsage NONE = new CallUsage(null, 0, 0);

    private final @Nullable Admission admission;
    private final long promptTokens;
    private final long[] outputTokens;
    private boolean failed;

    CallUsage(@Nullable Admission admission, Call call) {
        this(admission, call.promptTokens(), call.sequences().size());
    }

    private CallUsage(@Nullable Admission admission, long promptTokens, int sequences) {
        this.admission = admission;
        this.promptTokens = promptTokens;
        outputTokens = new long[admission == null ? 0 : sequences];
    }

    /** Counts an event of a sequence. */
    synchronized void count(int index, GenerationEvent event) {
        if (admission == null) {
            return;
        }
        switch (event) {
            case Prompt _ -> {
                // It counts from the begin.
            }
            case Token _ -> outputTokens[index]++;
            case Finished finished -> outputTokens[index] = finished.outputTokens();
            case Failed _ -> failed = true;
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
        if (admission == null) {
            return;
        }
        long output = 0;
        for (long tokens : outputTokens) {
            output += tokens;
        }
        admission.settle(failed && output == 0 ? 0 : promptTokens + output);
    }
}
