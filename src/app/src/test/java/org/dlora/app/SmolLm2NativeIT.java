package org.dlora.app;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The tests with matrices mapped from the cache that a first start has written. */
@ExtendWith(NeedsNativeKernels.class)
@EnabledIfSystemProperty(named = SmolLm2IT.MODEL, matches = ".+")
@EnabledIfSystemProperty(named = SmolLm2IT.ADAPTERS, matches = ".+")
class SmolLm2NativeIT extends SmolLm2IT {
    @TempDir static Path cache;

    @Override
    RunningServer start(Path model, Path adapters) {
        var setting = RunningServer.WEIGHTS_CACHE + cache;
        try (var _ = RunningServer.start(model, adapters, setting)) {
            await().atMost(1, MINUTES).untilAsserted(() -> assertThat(entries()).isEqualTo(1));
        }
        return RunningServer.start(model, adapters, setting);
    }

    private static long entries() throws IOException {
        try (var files = Files.list(cache)) {
            return files.filter(file -> file.toString().endsWith(".safetensors")).count();
        }
    }
}
