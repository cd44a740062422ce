package org.dlora.replica;

import static java.util.Comparator.comparingLong;
import static org.dlora.replica.kv.Invariant.require;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dlora.replica.kv.BlockPool;
import org.dlora.replica.kv.BlockTable;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.kv.KvCopy;
import org.dlora.replica.kv.PrefixRoot;
import org.dlora.replica.kv.TokenIds;
import org.dlora.scheduling.KvCounts;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.StepLimits;
import org.jspecify.annotations.Nullable;

/**
 * All unfinished sequences of a replica, oldest first, and the KV blocks they share. Running
 * sequences hold blocks, waiting ones hold none.
 */
final class Sequences {
    /** Places between two sequences that arrive one after another. */
    static final long PLACES = 1000;

    private final NavigableMap<Long, Sequence> running = new TreeMap<>();
    private final NavigableMap<Long, Sequence> waiting = new TreeMap<>();
    private final Map<String, Sequence> byRequest = new HashMap<>();
    private final SharedPrompts prompts = new SharedPrompts();
    private final BlockPool pool;
    private final AdapterAccounts accounts;
    private final boolean prefixCache;
    private boolean exactOnly;
    private long lostTokens;
    private long nextPlace;

    /**
     * @param accounts kept up to date with the sequences
     */
    Sequences(ReplicaShape shape, AdapterAccounts accounts) {
        this.accounts = accounts;
        pool = new BlockPool(shape.kvBlocks());
        prefixCache = shape.prefixCache();
    }

    /** Sets whether sequences begin with exact blocks only, as under a policy that never merges. */
    void beginExact(boolean only) {
        exactOnly = only;
    }

    boolean isEmpty() {
        return running.isEmpty() && waiting.isEmpty();
    }

    List<Sequence> all() {
        return oldestFirst(running.values().stream(), waiting.values().stream()).toList();
    }

    private static Stream<Sequence> oldestFirst(Stream<Sequence> some, Stream<Sequence> others) {
        return Stream.concat(some, others).sorted(comparingLong(Sequence::id));
    }

    @Nullable Sequence find(long id) {
        var sequence = running.get(id);
        return sequence == null ? waiting.get(id) : sequence;
    }

    private void sort(Sequence sequence) {
        (sequence.isRunning() ? waiting : running).remove(sequence.id());
        (sequence.isRunning() ? running : waiting).put(sequence.id(), sequence);
    }

    private void moved(Sequence sequence) {
        sort(sequence);
        accounts.place(sequence);
    }

    /**
     * Returns the sequence {@code id}.
     *
     * @throws IllegalStateException if a plan names a sequence that does not exist
     */
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

    /**
     * Returns a free place in the order of arrival for a sequence that arrived at {@code time}:
     * behind all that arrived before or at that time, in front of later ones as far as there is a
     * place.
     */
    long place(double time) {
        long after = Long.MAX_VALUE;
        long before = Long.MIN_VALUE;
        for (var queue : List.of(running, waiting)) {
            for (var sequence : queue.descendingMap().values()) {
                if (sequence.arrivedAt() <= time) {
                    before = Math.max(before, sequence.id());
                    break;
                }
                after = Math.min(after, sequence.id());
            }
        }
        if (after == Long.MAX_VALUE || after - 1 <= before) {
            long place = nextPlace;
            nextPlace += PLACES;
            return place;
        }
        long first = Math.max(before, after - PLACES);
        return first + (after - first) / 2;
    }

    /** Returns whether a sequence could be admitted to the next step beside those that run. */
    boolean hasRoom(SequenceState state, StepLimits limits) {
        int tokens = state.request().prompt().length + state.output().length + 1;
        return running.size() < limits.maxBatch()
                && KvBlocks.covering(tokens) + neededBlocks() <= freeBlocks();
    }

    /**
     * Holds the cached beginning of {@code tokens} in an empty table.
     *
     * @return the number of its blocks
     */
    int beginCached(BlockTable table, PrefixRoot root, TokenIds tokens, int maxBlocks) {
        var last = pool.longestPrefix(root, tokens, maxBlocks, false, null);
        if (last != null) {
            table.begin(last, pool);
        }
        return table.size();
    }

    /**
     * Takes and indexes blocks behind those of a table.
     *
     * @param end number of blocks that the table has afterwards
     * @return the blocks, by their number in the table, that have no content yet
     */
    List<Integer> fillCached(
            BlockTable table, PrefixRoot root, TokenIds tokens, KvCopy copy, int end) {
        int first = table.size();
        int exact = Math.min(copy.exactTokens(), table.exactTokens());
        table.cover(end * KvBlocks.TOKENS, pool);
        var taken = table.toArray();
        table.publish(root, tokens, end * KvBlocks.TOKENS, exact, pool);
        return IntStream.range(first, end).filter(i -> table.block(i) == taken[i]).boxed().toList();
    }

    void add(Sequence sequence) {
        sort(sequence);
        accounts.came(sequence);
        byRequest.put(sequence.request().id(), sequence);
        if (sequence.sharesPrompt() && !sequence.findsPrompt(pool, exactOnly)) {
            prompts.came(sequence);
        }
    }

    void remove(Sequence sequence) {
        sequence.release(pool);
        running.remove(sequence.id());
        waiting.remove(sequence.id());
        accounts.left(sequence);
        byRequest.remove(sequence.request().id());
        prompts.left(sequence);
    }

    void preempt(Sequence sequence) {
        lostTokens += sequence.computed();
        sequence.release(pool);
        sequence.tally().preempted();
        moved(sequence);
    }

    /** Returns the oldest sequence that is not held, running or waiting. */
    Sequence oldest() {
        return Stream.of(running, waiting)
                .flatMap(sequences -> sequences.values().stream().filter(s -> !s.isHeld()).limit(1))
                .min(comparingLong(Sequence::id))
                .orElseThrow();
    }

    /** Gives a sequence without blocks its cached prefix. */
    void takePrefix(Sequence sequence) {
        sequence.takePrefix(pool, exactOnly);
        moved(sequence);
    }

    /**
     * Notes that {@code rows} more rows of the sequence are computed, and releases blocks that were
     * taken for more.
     *
     * @param exact whether the step was unmerged
     */
    void advance(Sequence sequence, int rows, boolean exact) {
        sequence.advance(rows, exact);
        if (sequence.blocks().cut(sequence.computed(), pool)) {
            moved(sequence);
        }
        if (prefixCache) {
            sequence.publish(pool);
        }
        if (sequence.sharesPrompt() && sequence.hasSharedPrompt()) {
            prompts.computed(sequence);
        }
    }

    /** Forgets the content of the sequence's blocks, because its keys and values are NaN. */
    void discard(Sequence sequence) {
        pool.discard(sequence.blocks().toArray());
    }

    /** Forgets the cached blocks of an adapter that no sequence uses, by its content. */
    void forget(String content) {
        pool.forget(content);
    }

    /** Forgets all cached blocks that no sequence holds. */
    void forgetAll() {
        pool.forgetAll();
    }

    /** Takes the blocks that {@code rows} more rows of the sequence need. */
    void makeRoom(Sequence sequence, int rows) {
        sequence.blocks().cover(sequence.computed() + rows, pool);
        moved(sequence);
    }

    /** Returns the number of blocks that no sequence holds, cached ones among them. */
    int freeBlocks() {
        return pool.available();
    }

    /**
     * Returns the policy's view, oldest first: all running sequences and the oldest waiting ones
     * that are not held.
     *
     * @param byArrivalAlone whether the policy follows arrival alone. Then the view has as many
     *     waiting sequences as a step has free places, at least one; otherwise {@link
     *     StepLimits#maxBatch} of each adapter
     * @param byTeam whether it has as many of each flow instead
     */
    List<SequenceView> views(StepLimits limits, boolean byArrivalAlone, boolean byTeam) {
        int places = Math.max(1, limits.maxBatch() - running.size());
        var queue =
                byArrivalAlone
                        ? waiting.values().stream().filter(s -> !s.isHeld()).limit(places)
                        : accounts.oldestWaiting(limits.maxBatch(), byTeam);
        var seen = new BitSet();
        var views = new ArrayList<SequenceView>();
        oldestFirst(running.values().stream(), queue)
                .forEach(sequence ->
                        views.add(
                                sequence.view(
                                        pool,
                                        exactOnly,
                                        sequence.blocks().countShared(pool, seen))));
        return views;
    }

    /** Returns the KV blocks that sequences share. */
    BlockPool pool() {
        return pool;
    }

    /** Returns the tokens whose keys and values preempted sequences have lost, in all. */
    long lostTokens() {
        return lostTokens;
    }

    /**
     * Returns the blocks that running sequences are about to take: what they lack for their known
     * tokens and the next one, and one more each.
     */
    int neededBlocks() {
        int needed = running.size();
        for (var one : running.values()) {
            int known = KvBlocks.covering(one.tokens().size() + 1);
            needed += Math.max(0, known - one.blocks().size());
        }
        return needed;
    }

    KvCounts counts() {
        return new KvCounts(
                pool.total(),
                pool.most(),
                pool.available(),
                pool.cached(),
                running.size(),
                waiting.size(),
                pool.foundBlocks() * KvBlocks.TOKENS,
                lostTokens);
    }

    ReplicaLoad load(String replica) {
        return new ReplicaLoad(
                replica, running.size(), waiting.size(), pool.available(), pool.total());
    }

    /**
     * Checks the whole state between two steps.
     *
     * @throws IllegalStateException if a block is lost or held needlessly, or if a sequence is in
     *     an impossible state
     */
    void verify() {
        var unfinished = all();
        pool.verify();
        accounts.verify(unfinished);
        prompts.verify(unfinished);
        var holders = new int[pool.most()];
        unfinished.forEach(sequence -> verify(sequence, holders));
        for (int i = 0; i < holders.length; i++) {
            int block = i;
            require(
                    holders[block] == pool.holders(block),
                    () ->
                            "block %d is in %d tables and has %d holders"
                                    .formatted(block, holders[block], pool.holders(block)));
        }
        require(
                byRequest.size() == unfinished.size(),
                () -> "%d requests, %d sequences".formatted(byRequest.size(), unfinished.size()));
    }

    private void verify(Sequence sequence, int[] holders) {
        var blocks = sequence.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            int block = blocks.block(i);
            holders[block]++;
            check(
                    sequence,
                    "shares a block that is not full",
                    pool.holders(block) == 1 || (i + 1) * KvBlocks.TOKENS <= sequence.computed());
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
                blocks.size() == KvBlocks.covering(sequence.computed()));
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
