package org.dlora.engine;

import static org.dlora.engine.Invariant.require;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.device.KvLayout;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.jspecify.annotations.Nullable;

/** All unfinished sequences of a replica, oldest first, and the KV blocks they share. */
final class Sequences {
    private final Map<Long, Sequence> byId = new LinkedHashMap<>();
    private final Map<String, Sequence> byRequest = new HashMap<>();
    private final BlockPool pool;
    private final boolean prefixCache;

    /**
     * @param prefixCache full blocks are kept for others
     */
    Sequences(int blocks, boolean prefixCache) {
        pool = new BlockPool(blocks);
        this.prefixCache = prefixCache;
    }

    boolean isEmpty() {
        return byId.isEmpty();
    }

    boolean contains(Sequence sequence) {
        return byId.get(sequence.id()) == sequence;
    }

    List<Sequence> all() {
        return List.copyOf(byId.values());
    }

    /** The sequence {@code id}; a plan that names another is wrong. */
    Sequence planned(long id) {
        var sequence = byId.get(id);
        if (sequence == null) {
            throw new IllegalStateException(
                    "The plan names sequence " + id + ", which is not there");
        }
        return sequence;
    }

    @Nullable Sequence ofRequest(String requestId) {
        return byRequest.get(requestId);
    }

    void add(Sequence sequence) {
        byId.put(sequence.id(), sequence);
        byRequest.put(sequence.request().id(), sequence);
    }

    void remove(Sequence sequence) {
        sequence.release(pool);
        byId.remove(sequence.id());
        byRequest.remove(sequence.request().id());
    }

    void preempt(Sequence sequence) {
        sequence.release(pool);
    }

    /** The oldest, which every plan runs. */
    Sequence oldest() {
        return byId.values().iterator().next();
    }

    /** Gives a sequence that holds nothing its cached prefix. */
    void begin(Sequence sequence) {
        sequence.begin(pool);
    }

    /** {@code rows} more rows of the sequence are computed. */
    void advance(Sequence sequence, int rows) {
        sequence.advance(rows);
        if (prefixCache) {
            sequence.publish(pool);
        }
    }

    /** Drops what is cached of an adapter that no sequence uses. */
    void forget(String adapter) {
        pool.forget(adapter);
    }

    /** Drops all that is cached and not in use. */
    void forgetAll() {
        pool.forgetAll();
    }

    /** Takes the blocks that {@code rows} more rows of the sequence need. */
    void makeRoom(Sequence sequence, int rows) {
        sequence.blocks().cover(sequence.computed() + rows, pool);
    }

    Snapshot snapshot(StepLimits limits) {
        var seen = new BitSet();
        var views = new ArrayList<SequenceView>();
        for (var sequence : byId.values()) {
            views.add(sequence.view(pool, sequence.blocks().countShared(pool, seen)));
        }
        return new Snapshot(views, pool.available(), limits);
    }

    ReplicaLoad load(String replica) {
        int running = (int) byId.values().stream().filter(Sequence::isRunning).count();
        return new ReplicaLoad(
                replica, running, byId.size() - running, pool.available(), pool.total());
    }

    /**
     * Checks the whole state between two steps.
     *
     * @throws IllegalStateException if a block is lost or held for nothing, or a sequence is in no
     *     possible state
     */
    void verify() {
        pool.verify();
        var holders = new int[pool.total()];
        byId.values().forEach(sequence -> verify(sequence, holders));
        for (int i = 0; i < holders.length; i++) {
            int block = i;
            require(
                    holders[block] == pool.holders(block),
                    () ->
                            "block %d is in %d tables and has %d holders"
                                    .formatted(block, holders[block], pool.holders(block)));
        }
        require(
                byRequest.size() == byId.size(),
                () -> "%d requests, %d sequences".formatted(byRequest.size(), byId.size()));
    }

    private void verify(Sequence sequence, int[] holders) {
        var blocks = sequence.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            int block = blocks.block(i);
            holders[block]++;
            check(
                    sequence,
                    "shares a block that is not full",
                    pool.holders(block) == 1
                            || (i + 1) * KvLayout.BLOCK_TOKENS <= sequence.computed());
        }
        int prompt = sequence.request().prompt().length;
        check(sequence, "has no request", byRequest.get(sequence.request().id()) == sequence);
        check(sequence, "has nothing to run", sequence.computed() >= 0 && sequence.pending() > 0);
        check(
                sequence,
                "holds more or fewer blocks than its tokens need",
                blocks.size() == KvLayout.blocksFor(sequence.computed()));
        check(
                sequence,
                "lost or repeated a token",
                sequence.tokens().size() == prompt + sequence.output().count());
        check(sequence, "has finished", sequence.output().finished() == null);
    }

    private static void check(Sequence sequence, String violation, boolean holds) {
        require(
                holds,
                () ->
                        "sequence %d (%d tokens, %d computed, %d blocks) %s"
                                .formatted(
                                        sequence.id(),
                                        sequence.tokens().size(),
                                        sequence.computed(),
                                        sequence.blocks().size(),
                                        violation));
    }
}
