package org.dlora.api.openai;

import java.time.Instant;
import java.util.List;
import org.dlora.api.openai.call.ServedModel;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.IdleService;
import org.dlora.model.BaseModel;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The demo model as served, without adapters and replicas: bodies are read, and nothing runs. */
public abstract class DemoServedTest {
    static BaseModel base;
    public static ServedModel served;

    @BeforeAll
    static void open() {
        base = BaseModel.open(TestFiles.demo("model"));
        var catalogue = new Catalogue("demo", List.of());
        served =
                new ServedBuilder(
                                new ServedModels(base, 64, catalogue, Instant.EPOCH),
                                new IdleService())
                        .build();
    }

    @AfterAll
    static void close() {
        base.close();
    }
}
