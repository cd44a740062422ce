package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dlora.model.BaseModel;
import org.dlora.tensor.LoadException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Malformed adapters end as their {@code expected.json} says, with its substance in the error. */
class BadAdapterTest {
    private static final String Q_PROJ = "base_model.model.model.layers.0.self_attn.q_proj";

    /** Our words for cases whose {@code error_should_mention} names a thing rather than a word. */
    private static final Map<String, List<String>> WORDS =
            Map.ofEntries(
                    Map.entry("adapter-bad-dtype", List.of("unknown dtype", Q_PROJ)),
                    Map.entry("adapter-empty-file", List.of("empty or too short")),
                    Map.entry("adapter-header-duplicate-name", List.of("duplicate tensor", Q_PROJ)),
                    Map.entry("adapter-inf", List.of("holds Inf", Q_PROJ + ".lora_A.weight")),
                    Map.entry("adapter-nan", List.of("holds NaN", Q_PROJ + ".lora_B.weight")),
                    Map.entry("adapter-offset-negative", List.of("data_offsets", Q_PROJ)),
                    Map.entry("adapter-offsets-overlap", List.of("overlap", Q_PROJ)),
                    Map.entry("adapter-offsets-reversed", List.of("data_offsets", Q_PROJ)),
                    Map.entry("adapter-shape-overflow", List.of("shape", Q_PROJ)),
                    Map.entry("adapter-size-mismatch", List.of("shape", Q_PROJ)),
                    Map.entry("adapter-truncated", List.of("truncated")),
                    Map.entry("adapter-layer-beyond", List.of("no layer 7, only 0 to 1")),
                    Map.entry("adapter-pickle-code", List.of("unsafe pickle", "never opened")),
                    Map.entry("adapter-pickle-code-old-format", List.of("unsafe pickle")),
                    Map.entry("adapter-r-not-number", List.of("r is \"four\"")),
                    Map.entry("adapter-r-negative", List.of("r is -", "positive")),
                    Map.entry("adapter-r-zero", List.of("r is 0", "positive")));

    static Stream<Path> refused() {
        return cases("refuse");
    }

    @ParameterizedTest
    @MethodSource("refused")
    void refusesEveryBadAdapter(Path folder) {
        var expected = GoldenAdapters.json(folder.resolve("expected.json"));
        var substance =
                WORDS.getOrDefault(
                        folder.getFileName().toString(),
                        expected.get("error_should_mention")
                                .valueStream()
                                .map(word -> word.stringValue())
                                .toList());
        try (var base = base()) {
            var error =
                    catchThrowableOfType(
                            LoadException.class, () -> AdapterLoader.load(folder, base));
            assertThat(error).isNotNull();
            assertThat(error.getMessage()).contains(substance);
            assertThat(error.problems()).noneMatch(problem -> problem.contains("\n"));
            if (!folder.endsWith("adapter-unknown-module")) {
                assertThat(error.getMessage()).startsWith(expected.get("file").stringValue());
            }
        }
        assertThat(Path.of("PWNED")).doesNotExist();
        assertThat(folder.resolve("PWNED")).doesNotExist();
    }

    @Test
    void loadsTheSoundAdapter() {
        try (var base = base();
                var adapter =
                        AdapterLoader.load(GoldenAdapters.BAD.resolve("good-adapter"), base)) {
            assertThat(adapter.modules()).hasSize(4);
            assertThat(adapter.warnings()).isEmpty();
        }
    }

    @Test
    void warnsOfAnotherBaseModelsName() {
        var folder = GoldenAdapters.BAD.resolve("adapter-other-base");
        try (var base = base();
                var adapter = AdapterLoader.load(folder, base)) {
            assertThat(adapter.warnings())
                    .singleElement()
                    .asString()
                    .contains("adapter_config.json", "base_model_name_or_path", "someone/other-7b");
        }
    }

    @Test
    void everyBadFolderHasACase() {
        assertThat(cases("refuse")).hasSize(33);
        assertThat(cases("accept")).hasSize(1);
        assertThat(cases("warn-or-refuse")).hasSize(1);
    }

    private static Stream<Path> cases(String outcome) {
        return GoldenAdapters.subFolders(GoldenAdapters.BAD).stream()
                .filter(folder -> folder.getFileName().toString().contains("adapter"))
                .filter(folder -> Files.exists(folder.resolve("expected.json")))
                .filter(folder ->
                        GoldenAdapters.json(folder.resolve("expected.json"))
                                .get("outcome")
                                .stringValue()
                                .equals(outcome));
    }

    private static BaseModel base() {
        return BaseModel.open(GoldenAdapters.BAD.resolve("base-model"));
    }
}
