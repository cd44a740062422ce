package org.dlora.bench.selftest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.dlora.device.KvLayout;
import org.dlora.device.RaggedBatch;
import org.dlora.engine.step.TransformerRunner;
import org.dlora.engine.weights.AdapterGroups;
import org.dlora.engine.weights.AdapterTerms;

/**
 * Greedy answers to one prompt by several adapters, in the same steps: all prompts in the first,
 * then a token of each unfinished answer.
 */
final class DemoBatch {
    /** Blocks of a sequence. */
    static final int BLOCKS = 6;

    private final TransformerRunner runner;
    private final Map<String, AdapterTerms> adapters;
    private final int[] prompt;
    private final Set<Integer> endTokens;

    /**
     * @param adapters by name
     * @param endTokens tokens that end an answer
     */
    DemoBatch(
            TransformerRunner runner,
            Map<String, AdapterTerms> adapters,
            int[] prompt,
            Set<Integer> endTokens) {
        this.runner = runner;
        this.adapters = adapters;
        this.prompt = prompt;
        this.endTokens = endTokens;
    }

    /**
     * An answer.
     *
     * @param tokens without the end token
     * @param bits a hash of the logits of each token
     */
    record Answer(int[] tokens, List<Integer> bits) {}

    /** A sequence at work. */
    private static final class Sequence {
        private final String adapter;
        private final int[] blocks;
        private final List<Integer> tokens = new ArrayList<>();
        private final List<Integer> bits = new ArrayList<>();
        private int[] next;
        private int position;

        private Sequence(String adapter, int index, int[] prompt) {
            this.adapter = adapter;
            blocks = IntStream.range(index * BLOCKS, (index + 1) * BLOCKS).toArray();
            next = prompt;
        }

        private boolean hasRoom() {
            return position < BLOCKS * KvLayout.BLOCK_TOKENS;
        }
    }

    /**
     * Returns the answers by name.
     *
     * @param names of adapters, ascending; the empty name is the base's
     */
    Map<String, Answer> answers(List<String> names) {
        var all = new ArrayList<Sequence>();
        for (var name : names) {
            all.add(new Sequence(name, all.size(), prompt));
        }
        var running = List.copyOf(all);
        while (!running.isEmpty()) {
            step(running);
            running = running.stream().filter(one -> one.next.length > 0).toList();
        }
        var answers = new TreeMap<String, Answer>();
        for (var one : all) {
            var tokens = one.tokens.stream().mapToInt(Integer::intValue).toArray();
            answers.put(one.adapter, new Answer(tokens, List.copyOf(one.bits)));
        }
        return answers;
    }

    private void step(List<Sequence> running) {
        var tokens = new ArrayList<Integer>();
        var positions = new ArrayList<Integer>();
        var chunks = new ArrayList<RaggedBatch.Chunk>();
        var groups = new AdapterGroups(adapters);
        var logitRows = new int[running.size()];
        for (int i = 0; i < logitRows.length; i++) {
            var one = running.get(i);
            int rows = one.next.length;
            chunks.add(new RaggedBatch.Chunk(tokens.size(), rows, one.position, one.blocks));
            groups.add(one.adapter.isEmpty() ? null : one.adapter, tokens.size(), rows);
            for (int token : one.next) {
                tokens.add(token);
                positions.add(one.position++);
            }
            logitRows[i] = tokens.size() - 1;
        }
        runner.forward(new RaggedBatch(array(tokens), array(positions), chunks), groups, logitRows);
        take(running);
    }

    private static int[] array(List<Integer> numbers) {
        return numbers.stream().mapToInt(Integer::intValue).toArray();
    }

    private void take(List<Sequence> running) {
        int[] indices = IntStream.range(0, running.size()).toArray();
        var best = new int[indices.length];
        var bits = new int[indices.length];
        runner.argMax(indices, best);
        runner.forEach(indices, (i, logits) -> bits[i] = Arrays.hashCode(logits));
        for (int i : indices) {
            var one = running.get(i);
            one.bits.add(bits[i]);
            boolean ends = endTokens.contains(best[i]) || !one.hasRoom();
            if (!ends) {
                one.tokens.add(best[i]);
            }
            one.next = ends ? new int[0] : new int[] {best[i]};
        }
    }
}
