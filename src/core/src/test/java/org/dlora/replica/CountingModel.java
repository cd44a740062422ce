package org.dlora.replica;

import java.util.Collections;
import java.util.List;
import org.dlora.replica.request.TokenLogprobs;

/**
 * A language model whose tokens count up, whatever the prompt is. A row costs nothing, so long runs
 * stay fast.
 */
public final class CountingModel implements SimulatedModel {
    private static final TokenLogprobs LOGPROBS =
            new TokenLogprobs(new TokenLogprobs.Entry(0, 0), List.of());

    private int last;

    @Override
    public StepResult run(PlannedStep step, Requests requests) {
        return new StepResult.Computed(step.chunks().stream().map(this::result).toList());
    }

    private StepResult.ChunkResult result(Chunk chunk) {
        return new StepResult.Rows(
                Collections.nCopies(chunk.promptLogits(), LOGPROBS),
                chunk.samples() ? new SampledToken(++last, "", null) : null);
    }
}
