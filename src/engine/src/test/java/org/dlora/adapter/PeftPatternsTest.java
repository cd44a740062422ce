package org.dlora.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.dlora.adapter.config.AdapterConfig;
import org.dlora.adapter.config.TargetModules;
import org.dlora.adapter.content.ModuleSelection;
import org.dlora.model.LinearModule;
import org.dlora.model.LinearSite;
import org.dlora.tensor.LoadException;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Selection of modules, ranks and scales: the same as PEFT's, for every row of the table that
 * {@code src/test/python/peft_patterns.py} wrote with it.
 */
class PeftPatternsTest {
    private static final Path TABLE = TestFiles.data("peft/patterns.jsonl");
    private static final int LAYERS = 12;

    @TempDir Path folder;

    static Stream<JsonNode> rows() {
        var rows = GoldenAdapters.rows(TABLE);
        assertThat(rows).hasSizeGreaterThan(400);
        return rows.stream();
    }

    @ParameterizedTest(name = "row {index}")
    @MethodSource("rows")
    void selectsTheModulesThatPeftSelects(JsonNode row) throws IOException {
        var config = (ObjectNode) row.get("config");
        Files.writeString(
                folder.resolve(AdapterConfig.FILE),
                config.deepCopy().put("peft_type", "LORA").toString());
        var modules = modules(row.get("model").stringValue());
        if (row.has("error")) {
            assertThatExceptionOfType(LoadException.class)
                    .isThrownBy(() -> ModuleSelection.of(AdapterConfig.read(folder), modules));
            return;
        }
        var read = AdapterConfig.read(folder);
        var found = new TreeMap<String, List<Number>>();
        var selection = ModuleSelection.of(read, modules);
        for (var module : selection.adapted()) {
            int rank = read.rank(module.name());
            found.put(module.name(), List.of(rank, read.scale(module.name(), rank)));
        }
        var expected = new TreeMap<String, List<Number>>();
        row.get("modules")
                .properties()
                .forEach(e ->
                        expected.put(
                                e.getKey(),
                                List.of(
                                        e.getValue().get(0).intValue(),
                                        (float) e.getValue().get(1).doubleValue())));
        assertThat(found).isEqualTo(expected);
        assertThat(selection.retrained())
                .extracting(LinearModule::name)
                .containsExactlyInAnyOrderElementsOf(
                        row.path("saved").valueStream().map(JsonNode::stringValue).toList());
    }

    private static List<LinearModule> modules(String model) {
        var names =
                model.equals("phi3")
                        ? List.of(
                                "self_attn.qkv_proj",
                                "self_attn.o_proj",
                                "mlp.gate_up_proj",
                                "mlp.down_proj")
                        : List.of(
                                "self_attn.q_proj",
                                "self_attn.k_proj",
                                "self_attn.v_proj",
                                "self_attn.o_proj",
                                "mlp.gate_proj",
                                "mlp.up_proj",
                                "mlp.down_proj");
        var modules = new ArrayList<LinearModule>();
        for (var name : TargetModules.EMBEDDINGS) {
            modules.add(new LinearModule(name, LinearSite.NO_LAYER, LinearSite.EMBEDDING, 0, 1, 1));
        }
        for (int layer = 0; layer < LAYERS; layer++) {
            for (var name : names) {
                modules.add(
                        new LinearModule(
                                "model.layers." + layer + "." + name,
                                layer,
                                LinearSite.O,
                                0,
                                1,
                                1));
            }
        }
        return modules;
    }
}
