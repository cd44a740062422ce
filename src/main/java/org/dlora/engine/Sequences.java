package org.dlora.engine;

import static java.util.Comparator.comparingLong;
import static org.dlora.engine.Invariant.require;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.device.KvLayout;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.StepLimits;
import org.jspecify.annotations.Nullable;

/**
 * All unfinished sequences of a replica, oldest first, and the KV blocks they share. Running ones
 * hold blocks, waiting ones hold none.
 */
final class Sequences {
    private final NavigableMap<Long, Sequence> running = new TreeMap<>();
    private final NavigableMap<Long, Sequence> waiting = new TreeMap<>();
    private final Map<String, Sequence> byRequest = new HashMap<>();
    private final BlockPool pool;
    private final AdapterAccounts accounts;
    private final boolean prefixCache;

    /**
     * @param accounts are kept up to date
     * @param prefixCache full blocks are kept for others
     */
    Sequences(int blocks, AdapterAccounts accounts, boolean prefixCache) {
        this.accounts = accounts;
        pool = new BlockPool(blocks);
        this.prefixCache = prefixCache;
    }

    boolean isEmpty() {
        return running.isEmpty() && waiting.isEmpty();
    }

    boolean contains(Sequence sequence) {
        return find(sequence.id()) == sequence;
    }

    List<Sequence> all() {
        return oldestFirst(running.values().stream(), waiting.values().stream()).toList();
    }

    private static Stream<Sequence> oldestFirst(Stream<Sequence> some, Stream<Sequence> others) {
        return Stream.concat(some, others).sorted(comparingLong(Sequence::id));
    }

    private @Nullable Sequence find(long id) {
        var sequence = running.get(id);
        return sequence == null ? waiting.get(id) : sequence;
    }

    private void sort(Sequence sequence) {
        (sequence.isRunning() ? waiting : running).remove(sequence.id());
        (sequence.isRunning() ? running : waiting).put(sequence.id(), sequence);
    }

    private void moved(Sequence sequence) {
        sort(sequence);
        accounts.of(sequence.adapter()).place(sequence);
    }

    /** The sequence {@code id}; a plan that names another is wrong. */
    Sequence planned(long id) {
        var sequence = find(id);
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
        sort(sequence);
        accounts.of(sequence.adapter()).came(sequence);
        byRequest.put(sequence.request().id(), sequence);
    }

    void remove(Sequence sequence) {
        sequence.release(pool);
        running.remove(sequence.id());
        waiting.remove(sequence.id());
        accounts.of(sequence.adapter()).left(sequence);
        byRequest.remove(sequence.request().id());
    }

    void preempt(Sequence sequence) {
        sequence.release(pool);
        moved(sequence);
    }

    /** The oldest, running or waiting. */
    Sequence oldest() {
        return Stream.of(running, waiting)
                .flatMap(sequences -> sequences.values().stream().limit(1))
                .min(comparingLong(Sequence::id))
                .orElseThrow();
    }

    /** Gives a sequence that holds nothing its cached prefix. */
    void begin(Sequence sequence) {
        sequence.begin(pool);
        moved(sequence);
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
        moved(sequence);
    }

    /** Blocks that nobody holds, cached prefixes among them. */
    int freeBlocks() {
        return pool.available();
    }

    /**
     * What a policy sees, oldest first: all running ones and the oldest waiting ones.
     *
     * @param byArrivalAlone as many waiting ones as a step has places left, at least one; else
     *     {@link StepLimits#maxBatch} of each adapter, among which are as many oldest of all
     */
    List<SequenceView> views(StepLimits limits, boolean byArrivalAlone) {
        int places = Math.max(1, limits.maxBatch() - running.size());
        var queue =
                byArrivalAlone
                        ? waiting.values().stream().limit(places)
                        : accounts.oldestWaiting(limits.maxBatch());
        var seen = new BitSet();
        var views = new ArrayList<SequenceView>();
        oldestFirst(running.values().stream(), queue)
                .forEach(sequence ->
                        views.add(sequence.view(pool, sequence.blocks().countShared(pool, seen))));
        return views;
    }

    ReplicaLoad load(String replica) {
        return new ReplicaLoad(
                replica, running.size(), waiting.size(), pool.available(), pool.total());
    }

    /**
     * Checks the whole state between two steps.
     *
     * @throws IllegalStateException if a block is lost or held for nothing, or a sequence is in no
     *     possible state
     */
    void verify() {
        pool.verify();
        accounts.verify(all());
        var holders = new int[pool.total()];
        all().forEach(sequence -> verify(sequence, holders));
        for (int i = 0; i < holders.length; i++) {
            int block = i;
            require(
                    holders[block] == pool.holders(block),
                    () ->
                            "block %d is in %d tables and has %d holders"
                                    .formatted(block, holders[block], pool.holders(block)));
        }
        require(
                byRequest.size() == all().size(),
                () -> "%d requests, %d sequences".formatted(byRequest.size(), all().size()));
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
        check(
                sequence,
                "is among the wrong ones",
                (sequence.isRunning() ? running : waiting).get(sequence.id()) == sequence);
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
