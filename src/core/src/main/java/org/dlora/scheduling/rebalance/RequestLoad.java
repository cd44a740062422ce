package org.dlora.scheduling.rebalance;

import java.util.function.IntFunction;
import org.dlora.scheduling.AdapterRef;
import org.jspecify.annotations.Nullable;

/**
 * An unfinished request as load of its replica.
 *
 * @param id of the request
 * @param replica id of the replica that has it now
 * @param tokens from which its latency is predicted
 * @param seconds expected seconds of service that are left, e_i of the plan's problem; see {@link
 *     TokenPace#service}
 * @param heldBlocks KV blocks that it holds now; 0 while it waits
 * @param endBlocks KV blocks that it is expected to hold at its end
 * @param cost of moving it, m_i
 * @param movable false for a request that was just moved, is being exported, or whose adapter is
 *     being loaded
 * @param barred id of the replica that it came from, if a move back would undo the last plan
 *     without new evidence
 */
public record RequestLoad(
        String id,
        AdapterRef adapter,
        String replica,
        RequestTokens tokens,
        double seconds,
        int heldBlocks,
        int endBlocks,
        MoveCost cost,
        boolean movable,
        @Nullable String barred) {
    public RequestLoad {
        if (!(seconds >= 0) || seconds == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException(
                    "Request %s has %s s of service left: expected a finite number of at least 0"
                            .formatted(id, seconds));
        }
        if (heldBlocks < 0 || endBlocks < heldBlocks) {
            throw new IllegalArgumentException(
                    "Request %s holds %d KV blocks, and %d at its end: expected 0 <= now <= end"
                            .formatted(id, heldBlocks, endBlocks));
        }
    }

    /** Creates the load of a request that may be moved anywhere, its tokens unknown. */
    public RequestLoad(
            String id,
            AdapterRef adapter,
            String replica,
            double seconds,
            int heldBlocks,
            int endBlocks,
            MoveCost cost) {
        this(
                id,
                adapter,
                replica,
                RequestTokens.UNKNOWN,
                seconds,
                heldBlocks,
                endBlocks,
                cost,
                true,
                null);
    }

    /**
     * Returns the load of a request that may be moved anywhere, by its tokens. One without output
     * tokens waits, so a move of it is free.
     *
     * @param pace of its replica
     * @param left expected output tokens to come
     * @param blockTokens positions in a KV block
     * @param cost gives the cost of a move by the KV blocks that it holds
     */
    public static RequestLoad of(
            String id,
            AdapterRef adapter,
            String replica,
            TokenPace pace,
            int promptTokens,
            int outputTokens,
            double left,
            int blockTokens,
            IntFunction<MoveCost> cost) {
        int tokens = promptTokens + outputTokens;
        boolean waits = outputTokens == 0;
        int held = waits ? 0 : Math.ceilDiv(tokens, blockTokens);
        int end = Math.ceilDiv((int) Math.ceil(tokens + left), blockTokens);
        int pending = waits ? promptTokens : 0;
        return new RequestLoad(
                id,
                adapter,
                replica,
                new RequestTokens(tokens, pending, left),
                pace.service(left, pending),
                held,
                Math.max(held, end),
                waits ? MoveCost.FREE : cost.apply(held),
                true,
                null);
    }

    /** Returns the places in its replica's steps that it holds: 0 while it waits, else 1. */
    public int places() {
        return heldBlocks > 0 ? 1 : 0;
    }

    /** Returns this request as load of another replica. */
    RequestLoad on(String other) {
        return new RequestLoad(
                id, adapter, other, tokens, seconds, heldBlocks, endBlocks, cost, movable, barred);
    }

    /** Returns this request as one that stays where it is. */
    public RequestLoad pinned() {
        return new RequestLoad(
                id, adapter, replica, tokens, seconds, heldBlocks, endBlocks, cost, false, barred);
    }

    /** Returns this request as one that may not be moved to {@code former}. */
    public RequestLoad barredFrom(String former) {
        return new RequestLoad(
                id,
                adapter,
                replica,
                tokens,
                seconds,
                heldBlocks,
                endBlocks,
                cost,
                movable,
                former);
    }
}
