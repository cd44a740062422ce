package org.dlora.engine;

import org.dlora.scheduling.SequenceView;
import org.jspecify.annotations.Nullable;

/** An unfinished request on its replica, seen by that replica's thread alone. */
final class Sequence {
    private final long id;
    private final GenerationRequest request;
    private final GenerationListener listener;
    private final SamplingState sampling;
    private final Output output;
    private final PromptLogprobs promptLogprobs;
    private final TokenIds tokens;
    private final BlockTable blocks = new BlockTable();
    private int computed;

    /**
     * @param id its place in the order of arrival
     */
    Sequence(
            long id,
            GenerationRequest request,
            GenerationListener listener,
            SamplingState sampling,
            Output output) {
        this.id = id;
        this.request = request;
        this.listener = listener;
        this.sampling = sampling;
        this.output = output;
        promptLogprobs = new PromptLogprobs(request);
        tokens = new TokenIds(request.prompt());
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

    boolean isRunning() {
        return blocks.size() > 0;
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

    SequenceView view() {
        return new SequenceView(id, adapter(), id, tokens.size(), computed, blocks.size());
    }
}
