package org.dlora.scheduling;

/**
 * How many token rows a step may have so that running streams get their next token in time
 * (Sarathi-Serve, OSDI 2024: the chunk of a prompt follows from the time between two tokens).
 *
 * <p>Where both cannot be kept, the time between tokens goes before the time to the first one; but
 * prompts always get a block's worth of rows, or they would never end, and no fewer than are sure
 * of one, so that these take none from the streams.
 *
 * @param rows of the step
 * @param seconds that a step of so many rows takes
 */
record TokenBudget(int rows, double seconds) {

    /**
     * In the mode of now.
     *
     * @param sure so many sequences get a row before the decodes
     */
    static TokenBudget of(SnapshotIndex index, int sure) {
        var snapshot = index.snapshot();
        var limits = snapshot.limits();
        if (snapshot.slo().equals(SloLimits.NONE)) {
            return new TokenBudget(limits.maxTokens(), Double.NaN);
        }
        var load = new Load(index);
        int prefill = Math.max(limits.blockTokens(), sure);
        int fewest = Math.min(limits.maxTokens(), load.decodes + prefill);
        if (load.decodes == 0 || load.seconds(limits.maxTokens()) <= snapshot.slo().tpot()) {
            return new TokenBudget(limits.maxTokens(), load.seconds(limits.maxTokens()));
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
        return new TokenBudget(enough, load.seconds(enough));
    }

    /** What a step would consist of: the decodes, and for the rest rows of the oldest prompt. */
    private static final class Load {
        private final Snapshot snapshot;
        private final StepShape shape;
        private final LoraFacts prompt;
        private final long position;
        private final int decodes;

        Load(SnapshotIndex index) {
            snapshot = index.snapshot();
            var builder = new StepShape.Builder(index::lora, snapshot.merge().mode());
            index.holders().stream()
                    .filter(v -> v.pending() == 1)
                    .limit(snapshot.limits().maxBatch())
                    .forEach(v -> builder.add(v, 1));
            shape = builder.build();
            decodes = shape.decodeRows();
            var oldest = snapshot.sequences().stream().filter(v -> v.pending() > 1).findFirst();
            prompt = oldest.map(v -> index.lora(v.adapter())).orElse(LoraFacts.NONE);
            position = oldest.map(SequenceView::start).orElse(0);
        }

        double seconds(int rows) {
            return snapshot.costs().step(shape.plusPrefill(rows - decodes, position, prompt));
        }
    }
}
