package org.dlora.replica;

import java.util.ArrayList;
import org.dlora.replica.kv.BlockPool;
import org.dlora.replica.kv.BlockTable;
import org.dlora.replica.kv.CachedBlock;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.kv.KvSpan;
import org.dlora.replica.kv.PrefixRoot;
import org.dlora.replica.kv.TokenIds;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.SequenceRequest;
import org.dlora.scheduling.SequenceView;
import org.jspecify.annotations.Nullable;

/**
 * An unfinished request on its replica: its tokens, the number of computed ones, its block table
 * and its output.
 */
final class Sequence {
    private final long id;
    private final long epoch;
    private final double arrivedAt;
    private final GenerationRequest request;
    private final SequenceTally tally;
    private final Output output;
    private final PromptLogprobs promptLogprobs;
    private final TokenIds tokens;
    private final boolean usesCache;
    private final PrefixRoot root;
    private final BlockTable blocks = new BlockTable();
    private @Nullable CachedBlock prefix;
    private int computed;
    private int exactTokens;
    private boolean hasRun;
    private boolean isHeld;
    private ImportWaits.@Nullable Arrival arrival;

    /**
     * @param id its place in the order of arrival
     * @param epoch of its request's ownership
     * @param now seconds
     * @param content hash of its adapter's content
     */
    Sequence(
            long id,
            long epoch,
            SequenceState state,
            ReplicaShape shape,
            double now,
            String content) {
        this.id = id;
        this.epoch = epoch;
        arrivedAt = now - state.age();
        request = state.request();
        root = PrefixRoot.of(shape.hashSeed(), content, request.prefixOwner());
        hasRun = state.hasRun();
        tally = new SequenceTally(state);
        output = new Output(state, tally, shape.endTokens(), shape.maxSequenceLength());
        promptLogprobs = new PromptLogprobs(state);
        tokens = new TokenIds(request.prompt());
        for (int token : state.output()) {
            tokens.add(token);
        }
        usesCache = shape.prefixCache() && !promptLogprobs.wanted();
    }

    long id() {
        return id;
    }

    /** Notes that it comes from another replica in the middle of its answer. */
    void arrived(ImportWaits.Arrival now) {
        arrival = now;
    }

    /** Returns the mark of its arrival, once; null if it has none. */
    ImportWaits.@Nullable Arrival takeArrival() {
        var taken = arrival;
        arrival = null;
        return taken;
    }

    /** Returns the epoch of its request's ownership. */
    long epoch() {
        return epoch;
    }

    /** Returns the time of its arrival at the first replica, on this one's clock. */
    double arrivedAt() {
        return arrivedAt;
    }

    GenerationRequest request() {
        return request;
    }

    AdapterRef adapter() {
        return request.adapter();
    }

    Output output() {
        return output;
    }

    SequenceTally tally() {
        return tally;
    }

    PromptLogprobs promptLogprobs() {
        return promptLogprobs;
    }

    TokenIds tokens() {
        return tokens;
    }

    BlockTable blocks() {
        return blocks;
    }

    /** Returns the number of tokens whose keys and values are in its blocks. */
    int computed() {
        return computed;
    }

    int pending() {
        return tokens.size() - computed;
    }

    /**
     * Returns the number of rows up to the first one whose logits are wanted, that one included.
     */
    int plainRows() {
        int next =
                promptLogprobs.firstPosition() < promptLogprobs.endPosition()
                        ? promptLogprobs.firstPosition()
                        : tokens.size() - 1;
        return Math.max(0, next - computed) + 1;
    }

    boolean isRunning() {
        return blocks.size() > 0;
    }

    /**
     * Returns whether it may begin with cached blocks: not where none are kept, and not if it needs
     * the logits of its whole prompt.
     */
    boolean usesCache() {
        return usesCache;
    }

    /** Returns the tokens of its prompt that are in full blocks before its last token. */
    private int sharedTokens() {
        return (request.prompt().length - 1) / KvBlocks.TOKENS * KvBlocks.TOKENS;
    }

    /** Returns whether other choices of its call can begin with blocks of its prompt. */
    boolean sharesPrompt() {
        return usesCache && sharedTokens() > 0 && output.count() == 0;
    }

    /** Returns whether the blocks of its prompt that others can begin with are computed. */
    boolean hasSharedPrompt() {
        return computed >= sharedTokens();
    }

    /** Returns whether the cache has all blocks of its prompt that it can begin with. */
    boolean findsPrompt(BlockPool pool, boolean exactOnly) {
        var last = cachedPrefix(pool, exactOnly);
        return CachedBlock.depth(last) * KvBlocks.TOKENS >= sharedTokens();
    }

    /** Sets whether it waits for the blocks of its prompt, which another sequence computes. */
    void hold(boolean held) {
        isHeld = held;
    }

    boolean isHeld() {
        return isHeld;
    }

    /** Returns whether it has run in a step, even if it was preempted since. */
    boolean hasRun() {
        return hasRun;
    }

    /**
     * Returns the last block of the cached prefix that it can begin with while it holds no block.
     * At least one token is left to compute.
     *
     * @param exactOnly whether the policy never merges
     */
    @Nullable CachedBlock cachedPrefix(BlockPool pool, boolean exactOnly) {
        if (usesCache) {
            int most = (tokens.size() - 1) / KvBlocks.TOKENS;
            boolean exact = exactOnly || request.exact();
            prefix = pool.longestPrefix(root, tokens, most, exact, prefix);
        }
        return prefix;
    }

    /** Begins with its cached prefix; called while it holds no block. */
    void takePrefix(BlockPool pool, boolean exactOnly) {
        var last = cachedPrefix(pool, exactOnly);
        if (last != null) {
            blocks.begin(last, pool);
            computed = blocks.size() * KvBlocks.TOKENS;
            exactTokens = CachedBlock.exactDepth(last) * KvBlocks.TOKENS;
        }
        prefix = null;
    }

    /** Notes that it runs in a step; the tokens in its blocks before the first one were cached. */
    void run() {
        if (!hasRun) {
            hasRun = true;
            tally.cached(computed);
        }
    }

    /**
     * Notes that its next rows are computed.
     *
     * @param exact whether the step was unmerged
     */
    void advance(int rows, boolean exact) {
        if (exact && exactTokens == computed) {
            exactTokens += rows;
        }
        computed += rows;
    }

    /** Lets other sequences use its full blocks. */
    void publish(BlockPool pool) {
        blocks.publish(root, tokens, computed, exactTokens, pool);
    }

    /** Releases its blocks. Its tokens and its text stay. */
    void release(BlockPool pool) {
        blocks.release(pool);
        computed = 0;
        exactTokens = 0;
    }

    /** Adds a sampled token and returns the event for the client. */
    GenerationEvent.Token add(SampledToken sampled) {
        tokens.add(sampled.token());
        return output.add(sampled);
    }

    /**
     * Returns its full blocks from the {@code first} on.
     *
     * @param first at most the number of its full blocks
     */
    KvSpan span(int first, int maxBlocks) {
        int end = first + Math.min(fullBlocks() - first, maxBlocks);
        var numbers = new ArrayList<Integer>();
        for (int i = first; i < end; i++) {
            numbers.add(blocks.block(i));
        }
        int[] known = tokens.range(0, end * KvBlocks.TOKENS);
        return new KvSpan(
                adapter(),
                request.prefixOwner(),
                known,
                first,
                Math.min(exactTokens, known.length),
                numbers);
    }

    /** Returns the number of its blocks that are never written again. */
    int fullBlocks() {
        return computed / KvBlocks.TOKENS;
    }

    SequenceState export(double now) {
        var usage = tally.usage();
        return new SequenceState(
                request,
                tokens.range(usage.promptTokens(), usage.outputTokens()),
                output.heldText(),
                promptLogprobs.collected(),
                usage.cachedTokens(),
                hasRun,
                usage.preemptions(),
                usage.steps(),
                now - arrivedAt);
    }

    /**
     * Returns the policy's view of it.
     *
     * @param shared number of its blocks that an older sequence holds too
     */
    SequenceView view(BlockPool pool, boolean exactOnly, int shared) {
        var last = isRunning() ? null : cachedPrefix(pool, exactOnly);
        return new SequenceView(
                id,
                adapter(),
                id,
                tokens.size(),
                computed,
                blocks.size(),
                blocks.size() - shared,
                blocks.countSole(pool),
                CachedBlock.depth(last) * KvBlocks.TOKENS,
                pool.held(last),
                plainRows(),
                new SequenceRequest(
                        arrivedAt,
                        request.prompt().length,
                        request.stop().maxTokens(),
                        request.exact(),
                        request.isPlainGreedy(),
                        request.team()));
    }
}
