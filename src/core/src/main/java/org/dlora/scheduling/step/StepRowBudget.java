package org.dlora.scheduling.step;

import java.util.List;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepShape;
import org.jspecify.annotations.Nullable;

/**
 * The most token rows of a step in which running streams get their next token in time. A prompt's
 * chunk follows from the time between two tokens (Sarathi-Serve, OSDI 2024).
 *
 * <p>If both limits cannot be kept, the time between tokens precedes the time to the first one. But
 * prompts always get a block's worth of rows, or they would never end. They also get a row for each
 * assured sequence, so that these take no rows from the streams.
 *
 * @param rows rows of the step
 * @param seconds predicted seconds of a step of {@code rows} rows
 */
record StepRowBudget(int rows, double seconds) {

    /**
     * Returns the budget of a step in {@code mode}.
     *
     * @param order sequences that may run, by priority
     * @param sure number of sequences that get a row before the decodes
     */
    static StepRowBudget of(SnapshotIndex index, List<SequenceView> order, int sure, Mode mode) {
        var snapshot = index.snapshot();
        var limits = snapshot.limits();
        if (snapshot.slo().equals(SloLimits.NONE)) {
            return new StepRowBudget(limits.maxTokens(), Double.NaN);
        }
        var load = new Load(index, order, mode);
        int prefill = Math.max(limits.blockTokens(), sure);
        int fewest = Math.min(limits.maxTokens(), load.decodes() + prefill);
        if (load.decodes() == 0 || load.seconds(limits.maxTokens()) <= snapshot.slo().tpot()) {
            return new StepRowBudget(limits.maxTokens(), load.seconds(limits.maxTokens()));
        }
        int enough = fewest;
        int tooMany = limits.maxTokens();
        while (tooMany - enough > 1) {
            int rows = (enough + tooMany) / 2;
            if (load.seconds(rows) <= snapshot.slo().tpot()) {
                enough = rows;
            } else {
                tooMany = rows;
            }
        }
        return new StepRowBudget(enough, load.seconds(enough));
    }

    /** The rows of a step: the decodes, and for the rest rows of the first prompt. */
    private static final class Load {
        private final SnapshotIndex index;
        private final Mode mode;
        private final List<SequenceView> decodes;
        private final @Nullable SequenceView prompt;

        Load(SnapshotIndex index, List<SequenceView> order, Mode mode) {
            this.index = index;
            this.mode = mode;
            decodes =
                    order.stream()
                            .filter(v -> v.holdsBlocks() && v.pending() == 1)
                            .limit(index.snapshot().limits().maxBatch())
                            .toList();
            prompt = order.stream().filter(v -> v.pending() > 1).findFirst().orElse(null);
        }

        int decodes() {
            return decodes.size();
        }

        double seconds(int rows) {
            var shape = new StepShape.Builder(index::lora, mode);
            decodes.forEach(v -> shape.add(v, 1));
            if (prompt != null && rows > decodes.size()) {
                shape.add(prompt, rows - decodes.size());
            }
            return index.snapshot().costs().step(shape.build());
        }
    }
}
