package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.engine.Replica;
import org.dlora.engine.ReplicaSettings;
import org.dlora.engine.merging.MergePermits;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.SchedulingSettings;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real replica whose KV cache leaves no byte for the first adapter. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedMemoryTest {
    private static final int BLOCKS = 300;
    private static final int LEAST = 20;

    @Test
    @SuppressWarnings("try") // The replica is closed before the memory.
    void anAdapterTakesItsMemoryFromTheKvCacheAndTheBooksAgree() {
        var registry = new SimpleMeterRegistry();
        var settings =
                new ReplicaSettings("0", new StepLimits(4, 32, 16), BLOCKS, DType.F32, 64, true);
        try (var device = new CpuDevice();
                var model = BaseModel.open(TinyCluster.GOLDEN.resolve("models/qwen3"));
                var weights =
                        DecoderWeights.pack(
                                model, device, WeightPrecision.FLOAT32, 64, layer -> {});
                var replica =
                        new Replica(
                                settings,
                                model,
                                weights,
                                device,
                                1,
                                Map.of(),
                                MergePermits.ALL,
                                SchedulingSettings.DEFAULT,
                                registry)) {
            assumeThat(replica.kv().isElastic()).isTrue();
            replica.start();
            long kvBytes = replica.kv().status().bytes();
            var ledger = new MemoryLedger(kvBytes);
            var kv = ledger.reserve(MemoryUse.KV_CACHE, kvBytes);
            var uploader = new AdapterUploader(device, WeightPrecision.AUTO, ledger);
            var adapter = registered("r8-all", model, uploader);
            long before = device.bytes();
            try (var memory = TinyMemory.of("host", uploader, registry)) {
                memory.start(List.of(replica));
                memory.share(replica, kv, LEAST);
                memory.register("a", adapter);
                memory.makeResident("a").join();
                var status = replica.kv().status();
                assertThat(status.counts().total()).isBetween(LEAST, BLOCKS - 1);
                assertThat(ledger.taken()).isLessThanOrEqualTo(ledger.limit());
                assertThat(ledger.taken(MemoryUse.KV_CACHE)).isEqualTo(status.bytes());
                assertThat(ledger.taken(MemoryUse.ADAPTERS)).isEqualTo(memory.bytes());
                assertThat(device.bytes() - before)
                        .isEqualTo(memory.bytes() + status.bytes() - kvBytes);
                replica.close();
            }
            assertThat(ledger.taken(MemoryUse.ADAPTERS)).isZero();
        }
    }

    @Test
    @SuppressWarnings("try") // The replica is closed before the memory.
    void anAdapterTakesTheMemoryOfMergedWeightsAndTheBooksAgree() throws Exception {
        var registry = new SimpleMeterRegistry();
        var settings =
                new ReplicaSettings("0", new StepLimits(4, 32, 16), BLOCKS, DType.F32, 64, true);
        var ledger = new MemoryLedger(1 << 30);
        try (var device = new CpuDevice();
                var model = BaseModel.open(TinyCluster.GOLDEN.resolve("models/qwen3"));
                var weights =
                        DecoderWeights.pack(
                                model, device, WeightPrecision.FLOAT32, 64, layer -> {})) {
            var uploader = new AdapterUploader(device, WeightPrecision.AUTO, ledger);
            try (var memory = TinyMemory.of("host", uploader, registry)) {
                var replica =
                        new Replica(
                                settings,
                                model,
                                weights,
                                device,
                                1,
                                Map.of(),
                                MergePermits.ALL,
                                new SchedulingSettings(
                                        PolicySettings.of(PolicyKind.MERGED), SloLimits.NONE),
                                new ReplicaMetrics(registry, "0"),
                                memory.copies("0", Long.MAX_VALUE));
                replica.start();
                memory.start(List.of(replica));
                var source = registered("r8-all", model, uploader);
                memory.register("a", source);
                memory.register("b", source);
                long before = device.bytes();
                memory.makeResident("a").join();
                memory.pin("a", true);
                serveUntilMerged(replica);
                long copies = ledger.taken(MemoryUse.MERGED_WEIGHTS);
                assertThat(device.bytes() - before).isEqualTo(memory.bytes() + copies);
                try (var _ =
                        ledger.reserve(
                                MemoryUse.BUFFERS, ledger.available() - source.bytes() + 1)) {
                    memory.makeResident("b").join();
                    assertThat(ledger.taken(MemoryUse.MERGED_WEIGHTS)).isZero();
                    assertThat(ledger.taken(MemoryUse.ADAPTERS)).isEqualTo(memory.bytes());
                    assertThat(device.bytes() - before).isEqualTo(memory.bytes());
                    assertThat(replica.figures().mode()).isEqualTo(Mode.unmerged());
                }
                replica.close();
            }
            assertThat(ledger.taken()).isZero();
        }
    }

    private static RegisteredAdapter registered(
            String folder, BaseModel model, AdapterUploader uploader) {
        return RegisteredAdapter.of(
                TinyCluster.ADAPTERS.resolve(folder), model, uploader, ContentMemo.none());
    }

    /** Serves requests of adapter a until its weights are merged, and nothing runs. */
    private static void serveUntilMerged(Replica replica) throws Exception {
        for (int i = 0; replica.copies().uses() == 0; i++) {
            var ended = new CompletableFuture<Void>();
            replica.submit(
                    TinyCluster.request("request-" + i, "a", 5, 40),
                    event -> {
                        if (event.isLast()) {
                            ended.complete(null);
                        }
                    });
            ended.get(60, TimeUnit.SECONDS);
        }
        await().until(() -> replica.copies().usedBytes() == 0);
    }
}
