package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.dlora.model.LoadedModel.Input;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A sequence's logits have the same bits alone, in any chunks and beside any other sequences. */
class TransformerInvarianceTest {
    private static final int LENGTH = 70;

    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "qwen2", "qwen3", "mistral"})
    void logitsAreBitIdenticalInAnyBatch(String name) {
        var random = new Random(42);
        try (var loaded = new LoadedModel(Golden.model(name))) {
            var sequences = new ArrayList<int[]>();
            var alone = new ArrayList<List<float[]>>();
            for (int i = 0; i < 3; i++) {
                var tokens = random.ints(LENGTH, 0, loaded.model.spec().vocabSize()).toArray();
                sequences.add(tokens);
                alone.add(loaded.run(new Input(tokens, 0, loaded.blocks(LENGTH))));
                loaded.freeBlocks();
            }
            for (int trial = 0; trial < 5; trial++) {
                var together = interleaved(loaded, sequences, random);
                for (int i = 0; i < sequences.size(); i++) {
                    for (int position = 0; position < LENGTH; position++) {
                        assertThat(together.get(i).get(position))
                                .as("sequence %d, position %d, trial %d", i, position, trial)
                                .containsExactly(alone.get(i).get(position));
                    }
                }
                loaded.freeBlocks();
            }
        }
    }

    /** Runs all sequences to their end, in each step a random chunk of some of them. */
    private static List<List<float[]>> interleaved(
            LoadedModel loaded, List<int[]> sequences, Random random) {
        var blocks = sequences.stream().map(tokens -> loaded.blocks(tokens.length)).toList();
        var logits = sequences.stream().map(_ -> (List<float[]>) new ArrayList<float[]>()).toList();
        while (logits.stream().anyMatch(done -> done.size() < LENGTH)) {
            var steps = new ArrayList<Input>();
            var owners = new ArrayList<Integer>();
            for (int i = 0; i < sequences.size(); i++) {
                int done = logits.get(i).size();
                int rows = Math.min(random.nextInt(0, 25), LENGTH - done);
                if (rows > 0) {
                    var tokens = Arrays.copyOfRange(sequences.get(i), done, done + rows);
                    steps.add(new Input(tokens, done, blocks.get(i)));
                    owners.add(i);
                }
            }
            if (steps.isEmpty()) {
                continue;
            }
            int row = 0;
            var result = loaded.run(steps.toArray(Input[]::new));
            for (int s = 0; s < steps.size(); s++) {
                int end = row + steps.get(s).tokens().length;
                logits.get(owners.get(s)).addAll(result.subList(row, end));
                row = end;
            }
        }
        return logits;
    }
}
