package org.dlora.catalogue.served;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.model.BaseModel;
import org.dlora.scheduling.AdapterRef;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;

class ServedModelsTest {
    private static final Path GOLDEN = TestFiles.golden();

    @Test
    void findsTheBaseAndItsAdaptersByName() {
        var catalogue = new Catalogue("qwen", List.of(adapter("r4-qv#1", "r4-qv")));
        try (var base = BaseModel.open(GOLDEN.resolve("models/qwen3"))) {
            var models = new ServedModels(base, 64, catalogue, Instant.EPOCH);
            assertThat(models.find("qwen")).contains(new Target.Base("qwen"));
            assertThat(models.find("qwen").orElseThrow().adapter()).isEqualTo(AdapterRef.base());
            var adapted = models.find("r4-qv").orElseThrow();
            assertThat(adapted.name()).isEqualTo("r4-qv");
            assertThat(adapted.adapter()).isEqualTo(AdapterRef.of("r4-qv"));
            assertThat(models.find("r4")).isEmpty();
        }
    }

    @Test
    void listedAdaptersDoNotChangeWithTheCatalogue() {
        var catalogue = new Catalogue("base", List.of(adapter("a#1", "a"), adapter("b#2", "b")));
        var before = catalogue.adapters();
        assertThat(catalogue.put(entry("c#3", "c"))).isEmpty();
        assertThat(catalogue.put(entry("a#4", "a"))).contains(entry("a#1", "a"));
        assertThat(catalogue.remove("b")).contains(entry("b#2", "b"));
        assertThat(catalogue.remove("b")).isEmpty();
        assertThat(before).extracting(ServedAdapter::id).containsExactly("a#1", "b#2");
        assertThat(catalogue.adapters())
                .extracting(ServedAdapter::id)
                .containsExactly("a#4", "c#3");
    }

    @Test
    void refusesTwoModelsOfTheSameName() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Catalogue("a", List.of(adapter("a#1", "a"))))
                .withMessageContaining("'a'")
                .withMessageContaining("dlora.served-name");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new Catalogue("base", List.of(adapter("a#1", "a"), adapter("a#2", "a"))));
    }

    private static CatalogueEntry entry(String id, String name) {
        return CatalogueEntry.of(adapter(id, name));
    }

    private static ServedAdapter adapter(String id, String name) {
        return TinyAdapter.served(id, name);
    }
}
