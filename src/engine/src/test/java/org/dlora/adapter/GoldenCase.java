package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * Reference case: a prompt continued greedily by PEFT.
 *
 * @param adapter the adapter's folder; empty: the base model alone
 */
record GoldenCase(String id, Optional<Path> adapter, JsonNode row) {
    private static final float TOLERANCE = 2e-3f;

    /** All cases of {@code model} in {@code set}. */
    static List<GoldenCase> all(Path set, String model) {
        return Stream.of("golden", "variants")
                .map(part -> set.resolve(part).resolve(model + ".jsonl"))
                .filter(Files::exists)
                .flatMap(file -> GoldenAdapters.rows(file).stream())
                .map(row ->
                        new GoldenCase(
                                row.get("id").stringValue(),
                                Optional.of(row.get("adapter"))
                                        .filter(JsonNode::isString)
                                        .map(name ->
                                                GoldenAdapters.folder(
                                                        set, model, name.stringValue())),
                                row))
                .toList();
    }

    List<Integer> prompt() {
        return ints("prompt_ids");
    }

    List<Integer> tokens() {
        return ints("tokens");
    }

    /** Asserts that {@code sequence}, continued to the end, is what PEFT computed. */
    void check(AdaptedModel.Continuation sequence) {
        var expected = row.get("last_logits");
        var first = sequence.logits.getFirst();
        assertThat(first).as(id).hasSize(expected.size());
        for (int i = 0; i < first.length; i++) {
            assertThat(first[i])
                    .as("%s, logit %d", id, i)
                    .isCloseTo((float) expected.get(i).doubleValue(), within(TOLERANCE));
        }
        assertThat(sequence.output).as(id).isEqualTo(tokens());
        for (int i = 0; i < sequence.logits.size(); i++) {
            var logits = sequence.logits.get(i);
            double normalizer = logSumExp(logits);
            for (var pair : row.get("steps").get(i).get("top5")) {
                assertThat(logits[pair.get(0).intValue()] - normalizer)
                        .as("%s, step %d", id, i)
                        .isCloseTo(pair.get(1).doubleValue(), within((double) TOLERANCE));
            }
        }
    }

    private static double logSumExp(float[] logits) {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }

    private List<Integer> ints(String field) {
        return row.get(field).valueStream().map(JsonNode::intValue).toList();
    }
}
