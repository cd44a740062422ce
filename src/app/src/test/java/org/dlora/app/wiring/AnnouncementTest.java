package org.dlora.app.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import java.util.stream.IntStream;
import org.dlora.api.openai.ServedBuilder;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.served.ServedModels;
import org.dlora.cluster.IdleService;
import org.dlora.cluster.TinyAdapter;
import org.dlora.model.BaseModel;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/** The line that ends the start names an address that works and a model that is there. */
class AnnouncementTest {
    private final BaseModel base = BaseModel.open(TestFiles.demo("model"));

    @AfterEach
    void close() {
        base.close();
    }

    @ParameterizedTest
    @CsvSource({
        "'', http://localhost:8001",
        "0.0.0.0, http://localhost:8001",
        "::, http://localhost:8001",
        "127.0.0.1, http://127.0.0.1:8001",
        "::1, http://[::1]:8001",
        "gpu.local, http://gpu.local:8001",
    })
    void theAddressIsOneThatAClientCanUse(String address, String url) {
        var line = line(1, 0, address);
        assertThat(line)
                .startsWith("Ready at " + url + " with model demo and 1 adapter (a0). Try: ");
        assertThat(line).contains("curl " + url + "/v1/chat/completions ");
    }

    @Test
    void theRequestToTryNamesTheFirstAdapterOrElseTheBaseModel() {
        assertThat(line(2, 0, "")).contains("2 adapters (a0, a1). Try: ", "{\"model\": \"a0\", ");
        assertThat(line(0, 0, "")).contains("and no adapters. Try: ", "{\"model\": \"demo\", ");
    }

    @Test
    void ofManyAdaptersTwentyAreNamedAndThoseLeftOutAreCounted() {
        assertThat(line(20, 0, "")).contains("20 adapters (a0, ", ", a19). Try");
        assertThat(line(21, 3, ""))
                .contains("21 adapters (a0, ", ", a19, …), 3 left out as the warnings above say.");
    }

    private String line(int adapters, int leftOut, String address) {
        var environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .addFirst(
                        new MapPropertySource(
                                "test",
                                Map.of("local.server.port", "8001", "server.address", address)));
        var catalogue =
                new Catalogue(
                        "demo",
                        IntStream.range(0, adapters)
                                .mapToObj(i -> TinyAdapter.served("a" + i + "#1", "a" + i))
                                .toList());
        var models = new ServedModels(base, 64, catalogue, Instant.EPOCH);
        var served = new ServedBuilder(models, new IdleService()).build();
        return new Announcement(served, leftOut, environment).toString();
    }
}
