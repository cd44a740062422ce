package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.AdapterWeights;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.WeightPrecision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Weights are freed once nobody reads them, and a watch knows which may be read. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AdapterMemoryTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    /** A watch that keeps leaving weights until it has read them. */
    private static final class Reader implements AdapterWatch {
        private final List<AdapterWeights> seen = new ArrayList<>();
        private final CompletableFuture<Void> leaving = new CompletableFuture<>();
        private final CompletableFuture<Void> read = new CompletableFuture<>();

        @Override
        public void held(AdapterWeights adapter) {
            seen.add(adapter);
        }

        @Override
        public void leaving(AdapterWeights adapter) {
            leaving.complete(null);
            read.join();
        }
    }

    @Test
    void onlyTheReleaseWaitsForReadersOfLeavingWeights() {
        var device = new CpuDevice();
        try (var memory = new AdapterMemory(new SimpleMeterRegistry());
                var model = BaseModel.open(GOLDEN.resolve("models/qwen3"))) {
            var reader = new Reader();
            var first = hold(memory, model, device);
            memory.tell(reader);
            var second = hold(memory, model, device);
            assertThat(reader.seen).containsExactly(first.weights(), second.weights());
            long both = memory.bytes();
            var freed = CompletableFuture.runAsync(() -> memory.release(first.adapter()));
            reader.leaving.join();
            assertThat(memory.bytes()).isEqualTo(both);
            hold(memory, model, device);
            assertThat(freed).isNotDone();
            reader.read.complete(null);
            freed.join();
            assertThat(memory.bytes()).isEqualTo(both);
            assertThat(memory.weights(first.adapter())).isEmpty();
        }
        assertThat(device.bytes()).isZero();
    }

    private static LoadedAdapter hold(AdapterMemory memory, BaseModel model, CpuDevice device) {
        var folder = GOLDEN.resolve("adapters/qwen3/r8-all");
        try (var adapter = AdapterLoader.load(folder, model)) {
            var weights = AdapterWeights.upload(adapter, device, WeightPrecision.AUTO);
            return memory.hold(weights, folder, Instant.EPOCH);
        }
    }
}
