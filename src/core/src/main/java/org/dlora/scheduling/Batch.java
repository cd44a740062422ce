package org.dlora.scheduling;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The sequences of a step with the counts that predictions need. It gives the shape of a decode or
 * prefill step of these sequences.
 *
 * @param counts sequences of each adapter
 * @param positions computed positions of all sequences, summed
 * @param greedy sequences whose next token is the one with the largest logit
 */
public record Batch(
        List<SequenceView> sequences, Map<AdapterRef, Integer> counts, long positions, int greedy) {
    public static Batch of(List<SequenceView> sequences) {
        var counts = new LinkedHashMap<AdapterRef, Integer>();
        long positions = 0;
        int greedy = 0;
        for (var sequence : sequences) {
            counts.merge(sequence.adapter(), 1, Integer::sum);
            positions += sequence.start();
            greedy += sequence.request().greedy() ? 1 : 0;
        }
        return new Batch(sequences, counts, positions, greedy);
    }

    public int size() {
        return sequences.size();
    }

    public int count(AdapterRef adapter) {
        return counts.getOrDefault(adapter, 0);
    }

    /** Returns the shape of a step in which each sequence runs one row. */
    public StepShape decode(Function<AdapterRef, LoraFacts> loras, Mode mode) {
        return new StepShape(
                0,
                size(),
                positions + size(),
                0,
                StepShape.groups(counts, loras, mode),
                greedy,
                size() - greedy);
    }

    /** Returns the shape of a step in which each sequence runs {@code rows} rows amid a prompt. */
    public StepShape prefill(int rows, Function<AdapterRef, LoraFacts> loras, Mode mode) {
        var rowCounts = new LinkedHashMap<AdapterRef, Integer>();
        counts.forEach((adapter, count) -> rowCounts.put(adapter, count * rows));
        long within = rows * (rows + 1L) / 2;
        return new StepShape(
                rows * size(),
                0,
                0,
                rows * positions + size() * within,
                StepShape.groups(rowCounts, loras, mode));
    }
}
