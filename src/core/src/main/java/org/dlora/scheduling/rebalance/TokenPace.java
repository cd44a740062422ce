package org.dlora.scheduling.rebalance;

import java.util.List;
import java.util.function.IntFunction;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepShape;

/**
 * Seconds that a replica takes for a token of one request. A step's seconds are shared by its rows,
 * so the sum over the requests of a replica is the time until it has served them all.
 *
 * @param output seconds of an output token
 * @param prompt seconds of a prompt token
 */
public record TokenPace(double output, double prompt) {
    public TokenPace {
        if (!(output >= 0) || !(prompt >= 0)) {
            throw new IllegalArgumentException(
                    "An output token takes %s s and a prompt token %s s: expected at least 0"
                            .formatted(output, prompt));
        }
    }

    /**
     * Returns the pace of two typical steps.
     *
     * @param decode step of the replica's usual batch, with at least one row
     * @param prefill step full of prompt rows, with at least one row
     */
    public static TokenPace of(CostModel costs, StepShape decode, StepShape prefill) {
        if (decode.rows() == 0 || prefill.rows() == 0) {
            throw new IllegalArgumentException(
                    "Steps of %d and %d rows: expected at least 1 row each"
                            .formatted(decode.rows(), prefill.rows()));
        }
        return new TokenPace(
                costs.step(decode) / decode.rows(), costs.step(prefill) / prefill.rows());
    }

    /**
     * Returns the pace of a replica: of a decode step of its next full batch, and of a step full of
     * prompt rows.
     *
     * @param load its requests and KV blocks now
     * @param groups gives the LoRA groups of a decode step by its rows
     */
    public static TokenPace of(
            CostModel costs,
            ReplicaLoad load,
            StepLimits limits,
            IntFunction<List<StepShape.Group>> groups) {
        int rows = Math.clamp(load.running() + load.waiting(), 1, limits.maxBatch());
        long held = (long) load.totalBlocks() - load.freeBlocks();
        int prompt = Math.max(2, limits.maxTokens());
        return of(
                costs,
                new StepShape(0, rows, held * limits.blockTokens(), 0, groups.apply(rows)),
                new StepShape(prompt, 0, 0, (long) prompt * prompt / 2, List.of()));
    }

    /**
     * Returns the expected seconds of service that a request has left.
     *
     * @param outputTokens expected to be left, as of {@link RemainingLength#after}
     * @param pendingTokens of the prompt, or of a preempted sequence, still to be computed
     */
    public double service(double outputTokens, int pendingTokens) {
        return output * outputTokens + prompt * pendingTokens;
    }
}
