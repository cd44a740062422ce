package org.dlora.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraTerm;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.device.TopK;
import org.dlora.device.WeightMatrix;
import org.dlora.engine.merging.FakeWeights;
import org.dlora.engine.step.ModelRunner;
import org.dlora.engine.step.TextStream;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.engine.weights.AdapterTerms;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearSite;
import org.dlora.model.forward.LoraGroups;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.LoraFacts;
import org.dlora.scheduling.MergeRules;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * A language model whose logits hash everything a decoder's depend on: the adapter, the tokens and
 * their positions, read back from a paged cache. A row in a wrong block, a lost or repeated token,
 * a wrong adapter: each changes all that follows.
 */
public final class FakeModel implements ModelRunner {
    static final int VOCAB = 48;
    static final int END = 0;
    private static final List<String> ADAPTERS = List.of("ant", "bee", "cat");
    private static final String[] TEXTS = {"", "a", "b", "ab", "ba", " ", "c", "aba"};

    private final long[] cache;
    private final List<@Nullable Long> states = new ArrayList<>();
    private @Nullable String overflowing;
    private final FakeWeights weights = new FakeWeights();
    private Consumer<RaggedBatch> beforeStep = batch -> {};
    private Consumer<int[]> watched = adapters -> {};
    private boolean closed;
    private int steps;
    private int rows;
    private int largestLogitRows;

    FakeModel(int blocks) {
        cache = new long[blocks * KvLayout.BLOCK_TOKENS];
    }

    ReplicaModel serve() {
        return new ReplicaModel(this, (_, _) -> new FakeText(), Set.of(END), adapters());
    }

    void beforeStep(Consumer<RaggedBatch> action) {
        beforeStep = action;
    }

    /** Reports the adapter of each row of each step by its number, 0 for the base. */
    void watchAdapters(Consumer<int[]> action) {
        watched = action;
    }

    /** Logits of this adapter's rows are infinite from now on. */
    void overflow(String adapter) {
        overflowing = adapter;
    }

    int steps() {
        return steps;
    }

    /** Returns the rows of all steps. */
    int rows() {
        return rows;
    }

    int largestLogitRows() {
        return largestLogitRows;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public FakeWeights merge() {
        return weights;
    }

    @Override
    public int vocabSize() {
        return VOCAB;
    }

    @Override
    public void forward(RaggedBatch batch, AdapterGroups lora, int[] logitRows) {
        steps++;
        rows += batch.rows();
        largestLogitRows = Math.max(largestLogitRows, logitRows.length);
        beforeStep.accept(batch);
        int[] adapters = adapterOfRows(batch.rows(), lora);
        watched.accept(adapters);
        var rowStates = new long[batch.rows()];
        int next = 0;
        for (var chunk : batch.chunks()) {
            require(chunk.firstRow() == next && chunk.rows() > 0, "Chunks leave a gap");
            for (int i = 0; i < chunk.rows(); i++) {
                int row = chunk.firstRow() + i;
                int position = chunk.firstPosition() + i;
                require(batch.positions()[row] == position, "Row and chunk differ in position");
                cache[slot(chunk, position)] = entry(adapters[row], batch.tokens()[row], position);
                long state = 0;
                for (int p = 0; p <= position; p++) {
                    state = mix(state, cache[slot(chunk, p)]);
                }
                rowStates[row] = state;
            }
            next += chunk.rows();
        }
        require(next == batch.rows(), "Chunks do not cover the rows");
        states.clear();
        int broken = overflowing == null ? -1 : number(overflowing);
        for (int row : logitRows) {
            states.add(adapters[row] == broken ? null : rowStates[row]);
        }
    }

    @Override
    public void argMax(int[] indices, int[] tokens) {
        forEach(indices, (i, logits) -> tokens[i] = largest(logits));
    }

    /** Returns the token by the rule of {@link org.dlora.device.Operations#argMax}. */
    static int largest(float[] logits) {
        int best = 0;
        for (int i = 0; i < logits.length; i++) {
            if (!Float.isFinite(logits[i])) {
                return -1 - i;
            }
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    @Override
    public void largest(int[] indices, int k, int[] tokens, float[] values) {
        forEach(indices, (row, logits) -> largest(logits, row, k, tokens, values));
    }

    /** Fills in tokens and values by the rule of {@link org.dlora.device.Operations#largest}. */
    static void largest(float[] logits, int row, int k, int[] tokens, float[] values) {
        if (largest(logits) < 0) {
            tokens[row * k] = largest(logits);
            return;
        }
        int[] top = TopK.largest(i -> logits[i], logits.length, k);
        for (int i = 0; i < k; i++) {
            tokens[row * k + i] = top[i];
            values[row * k + i] = logits[top[i]];
        }
    }

    @Override
    public void forEach(int[] indices, RowUse use) {
        for (int i = 0; i < indices.length; i++) {
            var logits = new float[VOCAB];
            var state = states.get(indices[i]);
            if (state == null) {
                Arrays.fill(logits, Float.POSITIVE_INFINITY);
            } else {
                fill(state, logits);
            }
            use.accept(i, logits);
        }
    }

    @Override
    public void close() {
        require(!closed, "Closed twice");
        closed = true;
    }

    /** Logits after {@code count} tokens, without any cache. */
    static float[] logits(AdapterRef adapter, List<Integer> tokens, int count) {
        int number = adapter instanceof AdapterRef.Adapter(var id) ? number(id) : 0;
        long state = 0;
        for (int p = 0; p < count; p++) {
            state = mix(state, entry(number, tokens.get(p), p));
        }
        var logits = new float[VOCAB];
        fill(state, logits);
        return logits;
    }

    private int[] adapterOfRows(int rows, LoraGroups lora) {
        var adapters = new int[rows];
        int next = 0;
        int last = 0;
        for (var group : lora.at(LinearSite.QKV.in(0))) {
            int adapter = ((LoraTerm.LowRank) group.terms().getFirst()).a().rows();
            require(group.firstRow() >= next && adapter > last, "Rows are not sorted by adapter");
            require(last == 0 || group.firstRow() == next, "A base row comes after an adapter's");
            next = group.firstRow() + group.rows();
            last = adapter;
            for (int row = group.firstRow(); row < next; row++) {
                adapters[row] = adapter;
            }
        }
        require(last == 0 || next == rows, "A base row comes after an adapter's");
        return adapters;
    }

    private static int slot(RaggedBatch.Chunk chunk, int position) {
        int block = chunk.blockTable()[position / KvLayout.BLOCK_TOKENS];
        return block * KvLayout.BLOCK_TOKENS + position % KvLayout.BLOCK_TOKENS;
    }

    private static long entry(int adapter, int token, int position) {
        return mix(mix(adapter, token), position);
    }

    private static void fill(long state, float[] logits) {
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (mix(state, i) >>> 40) * 0x1p-24f * 6;
        }
    }

    /** SplitMix64's finalizer over both. */
    private static long mix(long a, long b) {
        long z = a * 0x9E3779B97F4A7C15L + b + 0x632BE59BD9B4E019L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static Map<String, AdapterTerms> adapters() {
        return ADAPTERS.stream().collect(Collectors.toMap(name -> name, FakeModel::terms));
    }

    /** Returns terms of an adapter whose answers depend on its name. */
    public static AdapterTerms terms(String name) {
        var matrix = new FakeMatrix(number(name));
        return new FakeTerms(name, List.of(new LoraTerm.LowRank(matrix, matrix, 0, 1)));
    }

    /** Terms of an adapter that may be merged. */
    private record FakeTerms(String name, List<LoraTerm> terms) implements AdapterTerms {
        @Override
        public List<LoraTerm> at(LayerSite at) {
            return at.site() == LinearSite.QKV ? terms : List.of();
        }

        @Override
        public LoraFacts lora() {
            return new LoraFacts(1, 100, 100, 100);
        }

        @Override
        public MergeTerms merge() {
            return MergeTerms.NONE;
        }

        @Override
        public MergeRules rules() {
            return MergeRules.FREE;
        }
    }

    /** Numbers are in the order of names, as rows are: names have three letters. */
    private static int number(String name) {
        int number = 1;
        for (int i = 0; i < name.length(); i++) {
            number = 128 * number + name.charAt(i);
        }
        return number;
    }

    static List<String> adapterNames() {
        return ADAPTERS;
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new AssertionError(problem);
        }
    }

    /** Matrix whose number of rows is the adapter's number. */
    private record FakeMatrix(int rows) implements WeightMatrix {
        @Override
        public int columns() {
            return 1;
        }

        @Override
        public DType dtype() {
            return DType.F32;
        }

        @Override
        public long bytes() {
            return 4;
        }

        @Override
        public void close() {}
    }

    /**
     * The text of a token with an even id comes with the next token, as that of a character with
     * several tokens does, or not at all.
     */
    static final class FakeText implements TextStream {
        private String late = "";

        @Override
        public String next(int token) {
            var text = TEXTS[token % TEXTS.length];
            var complete = token % 2 == 0 ? late : late + text;
            late = token % 2 == 0 ? text : "";
            return complete;
        }
    }
}
