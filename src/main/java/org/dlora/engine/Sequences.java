package org.dlora.engine;

import static org.dlora.engine.Invariant.require;

import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.device.KvLayout;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.jspecify.annotations.Nullable;

/** All unfinished sequences of a replica, oldest first, and the KV blocks they share. */
final class Sequences {
    private final Map<Long, Sequence> byId = new LinkedHashMap<>();
    private final Map<String, Sequence> byRequest = new HashMap<>();
    private final BlockPool pool;

    Sequences(int blocks) {
        pool = new BlockPool(blocks);
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

    /** Takes the blocks that {@code rows} more rows of the sequence need. */
    void makeRoom(Sequence sequence, int rows) {
        sequence.blocks().cover(sequence.computed() + rows, pool);
    }

    Snapshot snapshot(StepLimits limits) {
        return new Snapshot(
                byId.values().stream().map(Sequence::view).toList(), pool.available(), limits);
    }

    ReplicaLoad load(String replica) {
        int running = (int) byId.values().stream().filter(Sequence::isRunning).count();
        return new ReplicaLoad(
                replica, running, byId.size() - running, pool.available(), pool.total());
    }

    /**
     * Checks the whole state between two steps.
     *
     * @throws IllegalStateException if a block is lost, held twice or held for nothing, or a
     *     sequence is in no possible state
     */
    void verify() {
        var held = new BitSet();
        byId.values().forEach(sequence -> verify(sequence, held));
        int free = pool.available();
        require(
                held.cardinality() + free == pool.total(),
                () ->
                        "%d blocks held, %d free, %d in all"
                                .formatted(held.cardinality(), free, pool.total()));
        require(
                byRequest.size() == byId.size(),
                () -> "%d requests, %d sequences".formatted(byRequest.size(), byId.size()));
    }

    private void verify(Sequence sequence, BitSet held) {
        var blocks = sequence.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            int block = blocks.block(i);
            require(!held.get(block), () -> "block " + block + " is in two places");
            require(pool.isHeld(block), () -> "block " + block + " is in use and free");
            held.set(block);
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
