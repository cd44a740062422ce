package org.dlora.cluster.samples;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.dlora.replica.RecordedStep;
import org.dlora.replica.request.StepKind;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * Counter of a replica's steps since the last sample. The replica's thread adds to it after each
 * step, one thread takes the sums; neither holds its lock for longer than an addition.
 */
public final class StepTally implements Consumer<RecordedStep> {
    private final Map<Weights, Double> seconds = new HashMap<>();
    private long steps;
    private long tokens;

    /**
     * Weights that steps ran in.
     *
     * @param adapter id of the merged adapter, null for the base model's weights
     */
    record Weights(StepKind kind, @Nullable String adapter) {}

    /**
     * Sums of some steps.
     *
     * @param tokens that were picked
     * @param weights in which most of their time was spent, null without steps
     */
    record Sums(long steps, long tokens, @Nullable Weights weights) {}

    @Override
    public synchronized void accept(RecordedStep step) {
        steps++;
        tokens += step.shape().greedyRows() + step.shape().sampledRows();
        var adapter = step.decision().mode() instanceof Mode.Merged(var id) ? id : null;
        seconds.merge(new Weights(step.kind(), adapter), step.seconds(), Double::sum);
    }

    /** Returns the sums since the last call. */
    synchronized Sums take() {
        var longest =
                seconds.entrySet().stream()
                        .max(Comparator.comparingDouble(Map.Entry::getValue))
                        .map(Map.Entry::getKey)
                        .orElse(null);
        var sums = new Sums(steps, tokens, longest);
        seconds.clear();
        steps = 0;
        tokens = 0;
        return sums;
    }
}
