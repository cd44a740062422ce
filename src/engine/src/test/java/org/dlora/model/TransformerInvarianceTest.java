package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.WeightMatrix;
import org.dlora.device.reference.Numbers;
import org.dlora.model.LoadedModel.Input;
import org.dlora.model.forward.LoraGroups;
import org.dlora.tensor.DType;
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

    @ParameterizedTest
    @ValueSource(strings = {"llama-gqa", "qwen2", "qwen3", "mistral"})
    void rowsWithoutWantedLogitsChangeNoBitOfOthers(String name) {
        var random = new Random(7);
        try (var loaded = new LoadedModel(Golden.model(name));
                var terms = new Terms(loaded)) {
            for (int trial = 0; trial < 4; trial++) {
                var inputs = new Input[3];
                int rows = 0;
                for (int i = 0; i < inputs.length; i++) {
                    int length = random.nextInt(1, LENGTH);
                    var tokens = random.ints(length, 0, loaded.model.spec().vocabSize()).toArray();
                    inputs[i] = new Input(tokens, 0, loaded.blocks(length));
                    rows += length;
                }
                int end = rows;
                // Groups of two adapters amid rows without one.
                LoraGroups lora =
                        at -> List.of(terms.group(at, 1, end / 3), terms.group(at, end / 2, 1));
                int[] some = random.ints(5, 0, rows).toArray();
                some[3] = Math.min(some[2] + 1, rows - 1);
                for (var groups : List.of(LoraGroups.NONE, lora)) {
                    var all = loaded.run(groups, IntStream.range(0, rows).toArray(), inputs);
                    var wanted = loaded.run(groups, some, inputs);
                    for (int i = 0; i < some.length; i++) {
                        assertThat(wanted.get(i))
                                .as("row %d of %d, trial %d", some[i], rows, trial)
                                .containsExactly(all.get(some[i]));
                    }
                }
                loaded.freeBlocks();
            }
        }
    }

    /** Terms of low rank at every linear layer but the embedding. */
    private static final class Terms implements AutoCloseable {
        private final Map<LinearSite, LowRank> terms = new EnumMap<>(LinearSite.class);

        Terms(LoadedModel loaded) {
            var spec = loaded.model.spec();
            for (var site : LinearSite.values()) {
                if (site != LinearSite.EMBEDDING) {
                    terms.put(
                            site,
                            new LowRank(
                                    matrix(loaded, 3, spec.inputs(site)),
                                    matrix(loaded, spec.outputs(site), 3),
                                    0,
                                    0.5f));
                }
            }
        }

        private static WeightMatrix matrix(LoadedModel loaded, int rows, int columns) {
            return loaded.device.matrix(
                    List.of(new Numbers(rows).tensor(DType.F32, rows, columns)), DType.F32);
        }

        LoraGroup group(LayerSite at, int firstRow, int rows) {
            var term = terms.get(at.site());
            return new LoraGroup(firstRow, rows, term == null ? List.of() : List.of(term));
        }

        @Override
        public void close() {
            terms.values()
                    .forEach(term -> {
                        term.a().close();
                        term.b().close();
                    });
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
