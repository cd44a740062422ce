package org.dlora.engine;

import org.dlora.device.KvLayout;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.RequestView;
import org.dlora.scheduling.SequenceView;
import org.jspecify.annotations.Nullable;

/** An unfinished request on its replica, seen by that replica's thread alone. */
final class Sequence {
    private final long id;
    private final double arrivedAt;
    private final GenerationRequest request;
    private final GenerationListener listener;
    private final SamplingState sampling;
    private final Output output;
    private final PromptLogprobs promptLogprobs;
    private final TokenIds tokens;
    private final boolean usesCache;
    private final @Nullable String content;
    private final BlockTable blocks = new BlockTable();
    private @Nullable CachedBlock prefix;
    private int computed;
    private boolean begun;

    /**
     * @param id its place in the order of arrival
     * @param arrivedAt seconds
     * @param prefixCache whether the replica keeps blocks for others
     * @param content of its adapter: what its keys and values belong to; null for the base model
     */
    Sequence(
            long id,
            double arrivedAt,
            GenerationRequest request,
            GenerationListener listener,
            SamplingState sampling,
            Output output,
            boolean prefixCache,
            @Nullable String content) {
        this.content = content;
        this.id = id;
        this.arrivedAt = arrivedAt;
        this.request = request;
        this.listener = listener;
        this.sampling = sampling;
        this.output = output;
        promptLogprobs = new PromptLogprobs(request);
        tokens = new TokenIds(request.prompt());
        usesCache = prefixCache && !promptLogprobs.wanted() && !request.exact();
    }

    long id() {
        return id;
    }

    GenerationRequest request() {
        return request;
    }

    @Nullable String adapter() {
        return request.adapter();
    }

    GenerationListener listener() {
        return listener;
    }

    SamplingState sampling() {
        return sampling;
    }

    Output output() {
        return output;
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

    /** Tokens whose keys and values are in its blocks. */
    int computed() {
        return computed;
    }

    int pending() {
        return tokens.size() - computed;
    }

    /** Rows that it can run up to the first one whose logits are wanted, that one included. */
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
     * Whether it may begin with blocks of others: not where none are kept, if it needs the logits
     * of its prompt, or if merged weights may not even have written its keys and values.
     */
    boolean usesCache() {
        return usesCache;
    }

    /** Whether it has run before, even if it was preempted since. */
    boolean hasBegun() {
        return begun;
    }

    /**
     * Of a sequence that holds nothing: the last block of the cached prefix that it can begin with,
     * which leaves at least one token to compute.
     */
    @Nullable CachedBlock cachedPrefix(BlockPool pool) {
        if (usesCache()) {
            int most = (tokens.size() - 1) / KvLayout.BLOCK_TOKENS;
            prefix = pool.longestPrefix(content, tokens, most, prefix);
        }
        return prefix;
    }

    /** Begins, or begins again after preemption, with its cached prefix. */
    void begin(BlockPool pool) {
        var last = cachedPrefix(pool);
        if (last != null) {
            blocks.begin(last, pool);
            computed = blocks.size() * KvLayout.BLOCK_TOKENS;
        }
        if (!begun) {
            begun = true;
            output.cached(computed);
        }
        prefix = null;
    }

    /** Lets other sequences use the blocks that are full. */
    void publish(BlockPool pool) {
        blocks.publish(content, tokens, computed, pool);
    }

    void advance(int rows) {
        computed += rows;
    }

    /** Gives up keys and values; tokens, text and random numbers stay. */
    void release(BlockPool pool) {
        blocks.release(pool);
        computed = 0;
    }

    /** Adds a sampled token and returns what to tell of it. */
    GenerationEvent.Token add(int token, @Nullable TokenLogprobs logprobs) {
        tokens.add(token);
        sampling.add(token);
        return output.add(token, logprobs);
    }

    /**
     * What the policy sees of it.
     *
     * @param shared of its blocks those that an older sequence holds too
     */
    SequenceView view(BlockPool pool, int shared) {
        var last = isRunning() ? null : cachedPrefix(pool);
        return new SequenceView(
                id,
                AdapterRef.ofNullable(adapter()),
                id,
                tokens.size(),
                computed,
                blocks.size(),
                blocks.size() - shared,
                blocks.countSole(pool),
                CachedBlock.depth(last) * KvLayout.BLOCK_TOKENS,
                pool.held(last),
                plainRows(),
                new RequestView(
                        arrivedAt,
                        request.prompt().length,
                        request.stop().maxTokens(),
                        request.exact()));
    }
}
