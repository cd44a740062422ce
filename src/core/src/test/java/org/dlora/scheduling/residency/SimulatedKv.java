package org.dlora.scheduling.residency;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A KV cache of a {@link SimulatedMemory}. A request holds its blocks while it runs; those that
 * find none wait in the order of arrival. Blocks of ended requests stay cached until others take
 * them.
 */
final class SimulatedKv {
    final int least;
    final int most;
    final long blockBytes;
    private final double prefixWorth;

    /** Requests that wait for blocks; what they start, and the blocks that they need. */
    private final Deque<Waiting> queue = new ArrayDeque<>();

    /** Blocks that are there. */
    int blocks;

    int shrinkings;
    int growths;
    private int target;
    private int held;
    private int cached;
    private double since = Double.NEGATIVE_INFINITY;
    private ArrivalRate losses = ArrivalRate.NONE;

    private record Waiting(int blocks, Runnable start) {}

    /**
     * @param first blocks that are there at the start
     * @param prefixWorth seconds that a cached block saves for each request
     */
    SimulatedKv(int least, int first, int most, long blockBytes, double prefixWorth) {
        this.least = least;
        this.most = most;
        this.blockBytes = blockBytes;
        this.prefixWorth = prefixWorth;
        blocks = first;
        target = first;
    }

    long bytes() {
        return blocks * blockBytes;
    }

    boolean isBusy() {
        return !queue.isEmpty();
    }

    /** Starts a request once it has blocks. */
    void ask(int needed, Runnable start, int requests, double halfLife) {
        queue.add(new Waiting(needed, start));
        admit();
        if (!queue.isEmpty()) {
            losses = losses.arrived(requests, halfLife);
        }
    }

    void give(int blocks) {
        held -= blocks;
        cached += blocks;
        shrink();
        admit();
    }

    private void admit() {
        while (!queue.isEmpty() && queue.element().blocks() <= blocks - held) {
            var next = queue.remove();
            held += next.blocks();
            cached = Math.min(cached, blocks - held);
            next.start().run();
        }
    }

    /** Lets blocks go that nobody holds. */
    private void shrink() {
        blocks = Math.max(Math.min(blocks, target), held);
        cached = Math.min(cached, blocks - held);
    }

    void resize(KvTarget next, double now) {
        assertThat(next.blocks()).isBetween(least, most);
        shrinkings += next.blocks() < target ? 1 : 0;
        growths += next.blocks() > target ? 1 : 0;
        target = next.blocks();
        since = now;
        blocks = Math.max(blocks, target);
        shrink();
        admit();
    }

    KvStanding standing(int requests, double halfLife) {
        int usable = Math.min(blocks, target);
        return new KvStanding(
                "0",
                blockBytes,
                usable,
                blocks - usable,
                usable - held - cached,
                Math.clamp(usable - held, 0, cached),
                least,
                most,
                since,
                !queue.isEmpty(),
                cached * prefixWorth,
                losses.perUnit(requests, halfLife));
    }
}
