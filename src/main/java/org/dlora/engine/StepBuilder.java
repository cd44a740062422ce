package org.dlora.engine;

import static java.util.Comparator.comparing;
import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.nullsFirst;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dlora.device.RaggedBatch;

/**
 * Lays the chunks of a step end to end, sorted by adapter with the base's rows first, so that an
 * adapter's rows are one group.
 */
final class StepBuilder {
    private final int[] tokens;
    private final int[] positions;
    private final List<RaggedBatch.Chunk> chunks = new ArrayList<>();
    private final List<Integer> logitRows = new ArrayList<>();
    private final List<StepBatch.Share> shares = new ArrayList<>();
    private final AdapterGroups groups;
    private int rows;

    private StepBuilder(int totalRows, Map<String, AdapterTerms> adapters) {
        tokens = new int[totalRows];
        positions = new int[totalRows];
        groups = new AdapterGroups(adapters);
    }

    /** The next {@code rows} rows of a sequence; its blocks are there. */
    record Run(Sequence sequence, int rows) {}

    /**
     * @param earlier groups of the step before
     */
    static StepBatch build(
            List<Run> runs, Map<String, AdapterTerms> adapters, AdapterGroups earlier) {
        var sorted = new ArrayList<>(runs);
        sorted.sort(comparing(run -> run.sequence().adapter(), nullsFirst(naturalOrder())));
        var builder = new StepBuilder(runs.stream().mapToInt(Run::rows).sum(), adapters);
        sorted.forEach(builder::add);
        var batch = new RaggedBatch(builder.tokens, builder.positions, builder.chunks);
        return new StepBatch(
                batch, builder.groups.orSame(earlier), builder.logitRows, builder.shares);
    }

    private void add(Run run) {
        var sequence = run.sequence();
        int first = sequence.computed();
        sequence.tokens().copyTo(first, run.rows(), tokens, rows);
        for (int i = 0; i < run.rows(); i++) {
            positions[rows + i] = first + i;
        }
        chunks.add(new RaggedBatch.Chunk(rows, run.rows(), first, sequence.blocks().toArray()));
        groups.add(sequence.adapter(), rows, run.rows());
        shares.add(share(run));
        rows += run.rows();
    }

    private StepBatch.Share share(Run run) {
        var sequence = run.sequence();
        int first = sequence.computed();
        int end = first + run.rows();
        int firstLogits = logitRows.size();
        var prompt = sequence.promptLogprobs();
        for (int p = Math.max(first, prompt.firstPosition());
                p < Math.min(end, prompt.endPosition());
                p++) {
            logitRows.add(rows + p - first);
        }
        int promptLogits = logitRows.size() - firstLogits;
        boolean samples = run.rows() == sequence.pending();
        if (samples) {
            logitRows.add(rows + run.rows() - 1);
        }
        return new StepBatch.Share(sequence, run.rows(), firstLogits, promptLogits, samples);
    }
}
