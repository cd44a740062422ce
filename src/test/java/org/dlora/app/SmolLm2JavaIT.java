package org.dlora.app;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

@EnabledIfSystemProperty(named = SmolLm2IT.MODEL, matches = ".+")
@EnabledIfSystemProperty(named = SmolLm2IT.ADAPTERS, matches = ".+")
class SmolLm2JavaIT extends SmolLm2IT {
    SmolLm2JavaIT() {
        super(RunningServer.JAVA_ALONE);
    }
}
