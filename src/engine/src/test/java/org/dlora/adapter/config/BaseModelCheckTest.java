package org.dlora.adapter.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.dlora.adapter.AdapterFolders;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.content.Adapter;
import org.dlora.model.BaseModel;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests of the base models that an adapter may name. */
class BaseModelCheckTest {
    private static final Path DEMO = TestFiles.demo();

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({
        "org/base-7b, base-7b, {}, true",
        "base-7b, base-7b, {}, true",
        "/home/me/base-7b/, base-7b, {}, true",
        "C:\\models\\base-7b, base-7b, {}, true",
        "org/base-7b, models--org--base-7b/snapshots/0a1b2c, {}, true",
        "org/base-7b, model, {\"_name_or_path\": \"org/base-7b\"}, true",
        "'', model, {}, true",
        "org/base-7b, model, {}, true",
        "HuggingFaceTB/SmolLM2-7B-Instruct, smollm2, {}, true",
        "org/base-7b, Base_7B-bf16, {}, true",
        "org/base-7b, other-13b, {}, true",
        "org/base-7b-Instruct-1M, model, {}, true",
        "org/base-7b, base-7b-instruct, {}, false",
        "org/base-7b-instruct, base-7b, {}, false",
        "org/base-13b, base-7b, {}, false",
        "org/base-7b, models--org--other-7b/snapshots/0a1b2c, {}, false",
        "org/base-1b, model, {}, false",
        "org/base-70b, model, {}, false",
        "org/base-135m, model, {}, false",
    })
    void warnsOnlyWhereTheNameSaysAnotherModel(
            String named, Path base, String config, boolean recognised) throws IOException {
        var model = Files.createDirectories(folder.resolve(base));
        Files.writeString(model.resolve("config.json"), config);
        var adapter =
                AdapterFolders.write(
                        folder.resolve("adapter"),
                        AdapterFolders.config().put("base_model_name_or_path", named),
                        List.of());
        var warnings = BaseModelCheck.warnings(AdapterConfig.read(adapter), model, 6_738_000_000L);
        assertThat(warnings).hasSize(recognised ? 0 : 1);
    }

    @Test
    void theDemoLoadsWithoutAWarning() {
        try (var base = BaseModel.open(DEMO.resolve("model"))) {
            var scan = AdapterRoots.scan(List.of(DEMO.resolve("adapters")), base);
            assertThat(scan.problems()).isEmpty();
            assertThat(scan.adapters()).hasSize(8).allMatch(a -> a.warnings().isEmpty());
            scan.adapters().forEach(Adapter::close);
        }
    }
}
