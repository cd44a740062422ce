package org.dlora.app;

import org.dlora.device.cpu.NeedsNativeKernels;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NeedsNativeKernels.class)
@EnabledIfSystemProperty(named = SmolLm2IT.MODEL, matches = ".+")
@EnabledIfSystemProperty(named = SmolLm2IT.ADAPTERS, matches = ".+")
class SmolLm2NativeIT extends SmolLm2IT {
    SmolLm2NativeIT() {
        super();
    }
}
