package org.dlora.app;

import java.nio.file.Path;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;

@NeedsKernels(KernelFamily.AVX512)
@ExtendWith(NeedsNativeKernels.class)
@EnabledIfSystemProperty(named = SmolLm2IT.MODEL, matches = ".+")
@EnabledIfSystemProperty(named = SmolLm2IT.ADAPTERS, matches = ".+")
class SmolLm2Avx512IT extends SmolLm2IT {
    @Override
    RunningServer start(Path model, Path adapters) {
        return RunningServer.start(model, adapters, "--dlora.cpu.native=avx512");
    }
}
