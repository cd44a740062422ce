package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Models with adapters compute what PEFT computes, and the same bits alone and together. */
class AdapterGoldenTest {

    static Stream<Arguments> models() {
        return Stream.of(GoldenAdapters.GOLDEN, GoldenAdapters.VECTORS)
                .flatMap(set ->
                        GoldenAdapters.subFolders(set.resolve("adapters")).stream()
                                .map(model -> Arguments.of(set, model.getFileName().toString())));
    }

    static Stream<String> batchedModels() {
        return batches().map(batch -> batch.get("model").stringValue()).distinct();
    }

    private static Stream<JsonNode> batches() {
        return GoldenAdapters.rows(GoldenAdapters.GOLDEN.resolve("batches.jsonl")).stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyCaseGivesPeftsTokens(Path set, String name) {
        var cases =
                GoldenCase.all(set, name).stream().filter(c -> c.adapter().isPresent()).toList();
        assertThat(cases).isNotEmpty();
        try (var model = new AdaptedModel(set.resolve("models").resolve(name))) {
            for (var one : cases) {
                model.reset();
                one.check(continued(model, List.of(one)).getFirst());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("batchedModels")
    void batchesGiveTheBitsOfSingleSequences(String name) {
        Map<String, GoldenCase> byId = new HashMap<>();
        GoldenCase.all(GoldenAdapters.GOLDEN, name).forEach(c -> byId.put(c.id(), c));
        var batches =
                batches().filter(batch -> batch.get("model").stringValue().equals(name)).toList();
        try (var model = new AdaptedModel(GoldenAdapters.GOLDEN.resolve("models").resolve(name))) {
            for (var batch : batches) {
                var cases =
                        batch.get("cases")
                                .valueStream()
                                .map(JsonNode::stringValue)
                                .map(id -> assertThat(byId).containsKey(id).actual().get(id))
                                .toList();
                check(model, cases);
            }
        }
    }

    /** One short case of every adapter that the model has, in one batch with the base. */
    @ParameterizedTest
    @MethodSource("models")
    void allKindsMixInOneBatch(Path set, String name) {
        Map<Optional<Path>, GoldenCase> byAdapter = new LinkedHashMap<>();
        for (var one : GoldenCase.all(set, name)) {
            if (one.prompt().size() > 1) {
                byAdapter.putIfAbsent(one.adapter(), one);
            }
        }
        assertThat(byAdapter).hasSizeGreaterThan(1);
        try (var model = new AdaptedModel(set.resolve("models").resolve(name))) {
            check(model, List.copyOf(byAdapter.values()));
        }
    }

    private static void check(AdaptedModel model, List<GoldenCase> cases) {
        model.reset();
        var together = continued(model, cases);
        for (int i = 0; i < cases.size(); i++) {
            cases.get(i).check(together.get(i));
            model.reset();
            var alone = continued(model, List.of(cases.get(i))).getFirst();
            for (int step = 0; step < alone.logits.size(); step++) {
                assertThat(together.get(i).logits.get(step))
                        .as("%s, step %d", cases.get(i).id(), step)
                        .containsExactly(alone.logits.get(step));
            }
        }
    }

    private static List<AdaptedModel.Continuation> continued(
            AdaptedModel model, List<GoldenCase> cases) {
        var sequences = new ArrayList<AdaptedModel.Continuation>();
        for (var one : cases) {
            sequences.add(model.sequence(one.adapter(), one.prompt(), one.tokens().size()));
        }
        for (int step = 0; step < cases.getFirst().tokens().size(); step++) {
            model.step(sequences);
        }
        return sequences;
    }
}
