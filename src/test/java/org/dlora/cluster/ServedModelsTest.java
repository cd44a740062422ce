package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.dlora.adapter.AdapterLoader;
import org.dlora.model.BaseModel;
import org.junit.jupiter.api.Test;

class ServedModelsTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @Test
    void findsTheBaseAndItsAdaptersByName() {
        try (var base = BaseModel.open(GOLDEN.resolve("models/qwen3"));
                var adapter = AdapterLoader.load(GOLDEN.resolve("adapters/qwen3/r4-qv"), base)) {
            var models = new ServedModels("qwen", base, 64, List.of(adapter), Instant.EPOCH);
            assertThat(models.find("qwen")).contains(new Target.Base("qwen"));
            assertThat(models.find("qwen").orElseThrow().adapterName()).isNull();
            var adapted = models.find("r4-qv").orElseThrow();
            assertThat(adapted.name()).isEqualTo("r4-qv");
            assertThat(adapted.adapterName()).isEqualTo("r4-qv");
            assertThat(models.find("r4")).isEmpty();
        }
    }

    @Test
    void refusesAnAdapterCalledAsTheBaseIs() {
        try (var base = BaseModel.open(GOLDEN.resolve("models/qwen3"));
                var adapter = AdapterLoader.load(GOLDEN.resolve("adapters/qwen3/r4-qv"), base)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() ->
                            new ServedModels("r4-qv", base, 64, List.of(adapter), Instant.EPOCH))
                    .withMessageContaining("'r4-qv'")
                    .withMessageContaining("dlora.served-name");
        }
    }
}
