package org.dlora.cluster.requests;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.rebalance.RemainingLength;

/** Lengths of the cluster's answers so far, by adapter. Thread-safe. */
public final class AnswerLengths {
    /**
     * Most adapters that are kept apart, so that versions that have gone do not pile up. The one
     * whose last answer is the oldest is forgotten.
     */
    private static final int MAX_ADAPTERS = 4096;

    private final Map<AdapterRef, OutputLengths> lengths = new ConcurrentHashMap<>();

    /** Adapters in the order of their last answers. */
    private final SequencedSet<AdapterRef> byLastAnswer = new LinkedHashSet<>();

    private volatile OutputLengths all = OutputLengths.NONE;

    public void answered(AdapterRef adapter, int tokens) {
        synchronized (this) {
            all = all.plus(tokens);
            lengths.merge(
                    adapter, OutputLengths.NONE.plus(tokens), (before, _) -> before.plus(tokens));
            byLastAnswer.addLast(adapter);
            if (byLastAnswer.size() > MAX_ADAPTERS) {
                lengths.remove(byLastAnswer.removeFirst());
            }
        }
    }

    /**
     * Returns the expected tokens of a request's answer: a tenth of the work of {@link #remaining},
     * for the many requests that wait.
     */
    public double mean(GenerationRequest request) {
        int most = request.stop().maxTokens();
        return Math.min(most, of(request.adapter()).mean(guess(most)));
    }

    /**
     * Returns the expected output tokens that a request has left.
     *
     * @param output tokens so far
     */
    public double remaining(GenerationRequest request, int output) {
        int most = request.stop().maxTokens();
        return RemainingLength.of(of(request.adapter()), guess(most)).after(output, most);
    }

    private static double guess(int most) {
        return Math.max(1, most / 2.0);
    }

    /** Returns the lengths of an adapter's answers; those of all models before its first one. */
    private OutputLengths of(AdapterRef adapter) {
        return lengths.getOrDefault(adapter, all);
    }
}
