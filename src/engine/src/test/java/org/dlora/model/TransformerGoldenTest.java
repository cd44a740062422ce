package org.dlora.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.dlora.model.LoadedModel.Input;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Prefill and greedy decoding of every base case, against transformers in float32. */
class TransformerGoldenTest {
    private static final float TOLERANCE = 2e-3f;

    static Stream<Path> goldenFiles() throws IOException {
        try (var golden = Files.list(Golden.ROOT.resolve("golden"));
                var vectors = Files.list(Golden.VECTORS.resolve("golden"))) {
            return Stream.concat(golden, vectors).sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("goldenFiles")
    void logitsAndTokensMatchTransformers(Path file) {
        var name = file.getFileName().toString().replace(".jsonl", "");
        var folder = file.resolveSibling(Path.of("../models", name)).normalize();
        var cases = Golden.rows(file).stream().filter(row -> row.get("adapter").isNull()).toList();
        assertThat(cases).hasSizeGreaterThan(2);
        try (var loaded = new LoadedModel(folder)) {
            cases.forEach(row -> check(loaded, row));
        }
    }

    private static void check(LoadedModel loaded, JsonNode row) {
        var id = row.get("id").stringValue();
        var prompt = Golden.ints(row.get("prompt_ids"));
        var expectedTokens = Golden.ints(row.get("tokens"));
        loaded.freeBlocks();
        var blocks = loaded.blocks(prompt.length + expectedTokens.length);

        var last = loaded.run(new Input(prompt, 0, blocks)).getLast();
        assertThat(last).as(id).containsExactly(floats(row.get("last_logits")), within(TOLERANCE));
        var tokens = new int[expectedTokens.length];
        for (int i = 0; i < tokens.length; i++) {
            checkStep(id + " step " + i, last, row.get("steps").get(i).get("top5"));
            tokens[i] = argmax(last);
            last =
                    loaded.run(new Input(new int[] {tokens[i]}, prompt.length + i, blocks))
                            .getLast();
        }
        assertThat(tokens).as(id).containsExactly(expectedTokens);
    }

    private static void checkStep(String id, float[] logits, JsonNode top5) {
        double sum = 0;
        float max = logits[argmax(logits)];
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double logSum = max + Math.log(sum);
        top5.forEach(pair ->
                assertThat(logits[pair.get(0).intValue()] - logSum)
                        .as(id)
                        .isCloseTo(pair.get(1).doubleValue(), within((double) TOLERANCE)));
    }

    private static int argmax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    private static float[] floats(JsonNode array) {
        var doubles = array.valueStream().mapToDouble(JsonNode::doubleValue).toArray();
        var floats = new float[doubles.length];
        Arrays.setAll(doubles, i -> floats[i] = (float) doubles[i]);
        return floats;
    }
}
