package org.dlora.app;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Constraints on answers of a real model with a real vocabulary. */
@EnabledIfSystemProperty(named = SmolLm2IT.MODEL, matches = ".+")
@EnabledIfSystemProperty(named = SmolLm2IT.ADAPTERS, matches = ".+")
class SmolLm2StructuredIT {

    @Test
    void completeAnswersAreValidAgainstTheirSchemas() throws Exception {
        var model = Path.of(System.getProperty(SmolLm2IT.MODEL));
        var adapters = Path.of(System.getProperty(SmolLm2IT.ADAPTERS));
        try (var server =
                RunningServer.start(
                        model, adapters, "--dlora.served-name=base", "--dlora.max-queue=64")) {
            new SampledSchemas(server, "base", "{}").check(400);
        }
    }
}
