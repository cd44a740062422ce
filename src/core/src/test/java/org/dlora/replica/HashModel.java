package org.dlora.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.dlora.replica.StepResult.ChunkResult;
import org.dlora.replica.StepResult.Rows;
import org.dlora.replica.kv.KvBlocks;
import org.dlora.replica.request.FailureCode;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.TokenLogprobs;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.Mode;
import org.jspecify.annotations.Nullable;

/**
 * A language model whose next token hashes everything a decoder's depends on, read back from a
 * paged cache: the adapter, the tokens, their positions, and whether merged weights wrote them. A
 * lost token, a wrong block or a wrong adapter changes all that follows.
 */
final class HashModel implements SimulatedModel {
    static final int VOCAB = 40;
    static final int END = 0;
    private static final String[] TEXTS = {"", "a", "b", "ab", "ba", " ", "c", "aba"};

    private final long[] cache;
    private final Set<Integer> withheld = new HashSet<>();
    private @Nullable String overflowing;
    private @Nullable String failing;

    HashModel(int blocks) {
        cache = new long[blocks * KvBlocks.TOKENS];
    }

    /** Lets the logits of an adapter's rows be no numbers from now on; null for none. */
    void overflow(@Nullable String adapter) {
        overflowing = adapter;
    }

    /** Lets the logits of one request be no numbers from now on. */
    void fail(String request) {
        failing = request;
    }

    @Override
    public void withhold(List<Integer> blocks) {
        assertThat(withheld).doesNotContainAnyElementsOf(blocks);
        withheld.addAll(blocks);
    }

    @Override
    public void restore(List<Integer> blocks) {
        assertThat(withheld).containsAll(blocks);
        blocks.forEach(withheld::remove);
        for (int block : blocks) {
            Arrays.fill(cache, block * KvBlocks.TOKENS, (block + 1) * KvBlocks.TOKENS, 0);
        }
    }

    @Override
    public List<byte[]> read(List<Integer> blocks) {
        return blocks.stream().map(this::read).toList();
    }

    private byte[] read(int block) {
        assertThat(withheld).doesNotContain(block);
        var copy = ByteBuffer.allocate(KvBlocks.TOKENS * Long.BYTES);
        for (int i = 0; i < KvBlocks.TOKENS; i++) {
            copy.putLong(cache[block * KvBlocks.TOKENS + i]);
        }
        return copy.array();
    }

    @Override
    public void store(List<Integer> blocks, List<byte[]> contents) {
        assertThat(withheld).doesNotContainAnyElementsOf(blocks);
        for (int i = 0; i < blocks.size(); i++) {
            ByteBuffer.wrap(contents.get(i))
                    .asLongBuffer()
                    .get(cache, blocks.get(i) * KvBlocks.TOKENS, KvBlocks.TOKENS);
        }
    }

    /** Returns the blocks that have no memory. */
    Set<Integer> withheld() {
        return withheld;
    }

    @Override
    public StepResult run(PlannedStep step, Requests requests) {
        boolean merged = step.mode() instanceof Mode.Merged;
        var results = new ArrayList<ChunkResult>();
        for (var chunk : step.chunks()) {
            results.add(result(chunk, merged, requests));
        }
        return new StepResult.Computed(results);
    }

    private ChunkResult result(Chunk chunk, boolean merged, Requests requests) {
        for (int block : chunk.blocks()) {
            assertThat(withheld).doesNotContain(block);
        }
        var states = new long[chunk.rows()];
        for (int i = 0; i < chunk.rows(); i++) {
            int position = chunk.firstPosition() + i;
            Objects.checkIndex(chunk.tokens()[i], VOCAB); // As an embedding's look-up does.
            cache[slot(chunk, position)] =
                    entry(chunk.adapter(), chunk.tokens()[i], position, merged);
            for (int p = 0; p <= position; p++) {
                states[i] = mix(states[i], cache[slot(chunk, p)]);
            }
        }
        if (chunk.request().equals(failing)
                || (overflowing != null && chunk.adapter().is(overflowing))) {
            return new StepResult.Broken(FailureCode.LOGITS_NOT_FINITE, "a logit is NaN");
        }
        var sequence = requests.find(chunk.request());
        var prompt = new ArrayList<TokenLogprobs>();
        for (int p = chunk.logprobsFrom(); p < chunk.logprobsTo(); p++) {
            int next = sequence.request().prompt()[p + 1];
            prompt.add(report(next, states[p - chunk.firstPosition()]));
        }
        return new Rows(
                prompt, chunk.samples() ? sampled(sequence, states[states.length - 1]) : null);
    }

    private static SampledToken sampled(SequenceState sequence, long state) {
        var request = sequence.request();
        int token = token(request.sampling(), sequence.output().length, state);
        var logprobs = request.logprobs() < 0 ? null : report(token, state);
        return sampled(sequence.output(), token, logprobs);
    }

    /**
     * Text comes one token late, as that of characters with several tokens does; the last token has
     * none.
     */
    private static SampledToken sampled(int[] before, int token, @Nullable TokenLogprobs logprobs) {
        var text = before.length == 0 ? "" : text(before[before.length - 1]);
        return new SampledToken(token, text, logprobs);
    }

    @Override
    public List<SampledToken> texts(int[] output) {
        return IntStream.range(0, output.length)
                .mapToObj(i -> sampled(Arrays.copyOf(output, i), output[i], null))
                .toList();
    }

    private static int token(SamplingParams sampling, int index, long state) {
        long drawn =
                sampling.temperature() == 0 ? state : mix(state, mix(seed(sampling.seed()), index));
        return Math.floorMod(mix(drawn, 7), VOCAB);
    }

    private static long seed(OptionalLong seed) {
        return seed.orElseThrow();
    }

    private static String text(int token) {
        return TEXTS[token % TEXTS.length];
    }

    private static TokenLogprobs report(int token, long state) {
        float logprob = -(mix(state, token) >>> 40) * 0x1p-24f;
        return new TokenLogprobs(new TokenLogprobs.Entry(token, logprob), List.of());
    }

    private static int slot(Chunk chunk, int position) {
        return chunk.blocks()[position / KvBlocks.TOKENS] * KvBlocks.TOKENS
                + position % KvBlocks.TOKENS;
    }

    private static long entry(AdapterRef adapter, int token, int position, boolean merged) {
        return mix(mix(adapter.hashCode(), token), merged ? ~position : position);
    }

    /** SplitMix64's finalizer over both. */
    static long mix(long a, long b) {
        long z = a * 0x9E3779B97F4A7C15L + b + 0x632BE59BD9B4E019L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
