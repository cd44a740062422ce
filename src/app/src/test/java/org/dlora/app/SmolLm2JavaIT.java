package org.dlora.app;

import java.nio.file.Path;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@EnabledIfSystemProperty(named = SmolLm2IT.MODEL, matches = ".+")
@EnabledIfSystemProperty(named = SmolLm2IT.ADAPTERS, matches = ".+")
class SmolLm2JavaIT extends SmolLm2IT {
    @Override
    RunningServer start(Path model, Path adapters) {
        return RunningServer.start(model, adapters, RunningServer.JAVA_ALONE);
    }
}
