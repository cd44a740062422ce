package org.dlora.scheduling.rebalance;

import java.util.List;
import org.dlora.scheduling.CostModel;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.StepShape;

/**
 * Seconds that a move of one request costs its new replica, by the two ways to move it. The cheaper
 * one is taken (m_i of dLoRA, OSDI 2024; its artifact always recomputes).
 *
 * @param send seconds of sending its KV blocks; infinite if there is no way to send them
 * @param recompute seconds of computing its tokens again; infinite if that is not possible
 */
public record MoveCost(double send, double recompute) {
    /** Cost of a request that has computed nothing. */
    public static final MoveCost FREE = new MoveCost(0, 0);

    public MoveCost {
        if (!(send >= 0) || !(recompute >= 0)) {
            throw new IllegalArgumentException(
                    "A move takes %s s by sending and %s s by recomputing: expected at least 0"
                            .formatted(send, recompute));
        }
    }

    /** Returns the seconds of the cheaper way; infinite if there is none. */
    public double seconds() {
        return Math.min(send, recompute);
    }

    /** Returns the cheaper way; a tie is recomputed, as nothing needs to be copied then. */
    public MoveKind kind() {
        return send < recompute ? MoveKind.SEND : MoveKind.RECOMPUTE;
    }

    /**
     * Returns the seconds of sending KV.
     *
     * @param bytes of the blocks that are held
     * @param bytesPerSecond bandwidth between the replicas
     * @param fixed seconds of any transfer, such as a round trip
     */
    public static double sending(long bytes, double bytesPerSecond, double fixed) {
        return bytes == 0 ? 0 : fixed + bytes / bytesPerSecond;
    }

    /**
     * Returns the predicted seconds of computing tokens again in prefill steps of their own.
     *
     * @param tokens whose KV is there now
     * @param stepRows most rows of a step
     * @param lora size of the request's adapter
     */
    public static double recomputing(CostModel costs, int tokens, int stepRows, LoraFacts lora) {
        double seconds = 0;
        for (int start = 0; start < tokens; start += stepRows) {
            int rows = Math.min(stepRows, tokens - start);
            long context = (long) rows * start + (long) rows * (rows + 1) / 2;
            var groups =
                    lora.elements() == 0
                            ? List.<StepShape.Group>of()
                            : List.of(new StepShape.Group(lora, rows));
            seconds +=
                    costs.step(
                            rows == 1
                                    ? new StepShape(0, 1, context, 0, groups)
                                    : new StepShape(rows, 0, 0, context, groups));
        }
        return seconds;
    }
}
