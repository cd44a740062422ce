package org.dlora.api.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.dlora.api.openai.answer.LateLabel;
import org.dlora.catalogue.LazyAdapter;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.model.BaseModel;
import org.dlora.security.Access;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.Test;

/** The version of an adapter whose content is validated while its first request runs. */
class LateLabelTest {
    @Test
    void theLastChunkHasWhatTheHeaderCouldNotHave() {
        var lazy = new LazyAdapter("sql", "ab".repeat(32));
        var catalogue =
                new Catalogue("demo", List.of(new ServedAdapter("sql#1", lazy, Instant.EPOCH)));
        try (var base = BaseModel.open(TestFiles.demo("model"))) {
            var models = new ServedModels(base, 64, catalogue, Instant.EPOCH);
            var served = new ServedBuilder(models, new IdleService()).build();
            var selected = served.select("sql", null, Access.OPEN);
            var late = new LateLabel(selected);
            assertThat(selected.label()).isEmpty();
            assertThat(late.now()).isNull();
            assertThat(lazy.validate()).isNotEmpty();
            assertThat(late.now()).isEqualTo("sql@1 abababababab");
            assertThat(selected.label()).contains("sql@1 abababababab");
            assertThat(new LateLabel(selected).now()).isNull();
            assertThat(new LateLabel(served.select("demo", null, Access.OPEN)).now()).isNull();
        }
    }
}
