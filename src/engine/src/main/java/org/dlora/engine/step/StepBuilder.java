package org.dlora.engine.step;

import static java.util.Comparator.comparing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.dlora.device.RaggedBatch;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.replica.Chunk;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;

/**
 * Lays the chunks of a step end to end, sorted by adapter with the base's rows first, so that an
 * adapter's rows are one group.
 */
final class StepBuilder {
    private final int[] tokens;
    private final int[] positions;
    private final List<RaggedBatch.Chunk> chunks = new ArrayList<>();
    private final List<Integer> logitRows = new ArrayList<>();
    private final Map<String, RequestOutput> outputs;
    private final AdapterGroups groups;
    private int rows;

    private StepBuilder(
            int totalRows, Map<String, RequestOutput> outputs, Map<String, AdapterTerms> adapters) {
        tokens = new int[totalRows];
        positions = new int[totalRows];
        this.outputs = outputs;
        groups = new AdapterGroups(adapters);
    }

    /**
     * Builds the batch of a step.
     *
     * @param outputs by request
     * @param earlier groups of the step before
     */
    static StepBatch build(
            List<Chunk> planned,
            Map<String, RequestOutput> outputs,
            Map<String, AdapterTerms> adapters,
            AdapterGroups earlier) {
        int totalRows = planned.stream().mapToInt(Chunk::rows).sum();
        var builder = new StepBuilder(totalRows, outputs, adapters);
        var parts = new StepBatch.Part[planned.size()];
        IntStream.range(0, parts.length)
                .boxed()
                .sorted(comparing(i -> order(planned.get(i).adapter())))
                .forEach(i -> parts[i] = builder.add(planned.get(i)));
        return new StepBatch(
                new RaggedBatch(builder.tokens, builder.positions, builder.chunks),
                builder.groups.orSame(earlier),
                builder.logitRows.stream().mapToInt(Integer::intValue).toArray(),
                List.of(parts));
    }

    /** Returns a sort key; no adapter's id is empty. */
    private static String order(AdapterRef adapter) {
        var id = id(adapter);
        return id == null ? "" : id;
    }

    private static @Nullable String id(AdapterRef adapter) {
        return switch (adapter) {
            case AdapterRef.Base() -> null;
            case AdapterRef.Adapter(var id) -> id;
        };
    }

    private StepBatch.Part add(Chunk chunk) {
        int count = chunk.rows();
        int first = chunk.firstPosition();
        System.arraycopy(chunk.tokens(), 0, tokens, rows, count);
        for (int i = 0; i < count; i++) {
            positions[rows + i] = first + i;
        }
        chunks.add(new RaggedBatch.Chunk(rows, count, first, chunk.blocks()));
        groups.add(id(chunk.adapter()), rows, count);
        int firstLogits = logitRows.size();
        for (int p = chunk.logprobsFrom(); p < chunk.logprobsTo(); p++) {
            logitRows.add(rows + p - first);
        }
        if (chunk.samples()) {
            logitRows.add(rows + count - 1);
        }
        rows += count;
        var output = Objects.requireNonNull(outputs.get(chunk.request()));
        return new StepBatch.Part(chunk, output, firstLogits);
    }
}
