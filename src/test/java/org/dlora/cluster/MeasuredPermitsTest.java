package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dlora.adapter.Adapter;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.AdapterWeights;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.WeightPrecision;
import org.dlora.scheduling.MergeRules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Adapters are merged only once they were measured, and not read once they are gone. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MeasuredPermitsTest {
    private static final Path DEMO = Path.of("src/main/resources/demo");

    private final BaseModel model = BaseModel.open(DEMO.resolve("model"));
    private final AdapterWeights adapter = upload();

    private AdapterWeights upload() {
        var scan = AdapterRoots.scan(List.of(DEMO.resolve("adapters")), model);
        try (var first = scan.adapters().getFirst()) {
            scan.adapters().stream().skip(1).forEach(Adapter::close);
            return AdapterWeights.upload(first, new CpuDevice(), WeightPrecision.AUTO);
        }
    }

    @AfterEach
    void close() {
        adapter.close();
        model.close();
    }

    @Test
    void isMergedByTheRulesThatTheMeasurementGaveButNotBefore() {
        var begun = new CompletableFuture<AdapterWeights>();
        var goOn = new CompletableFuture<MergeRules>();
        try (var permits =
                new MeasuredPermits(weights -> {
                    begun.complete(weights);
                    return goOn.join();
                })) {
            assertThat(permits.of(adapter).unmergeable()).contains("is being measured");
            assertThat(begun.join()).isSameAs(adapter);
            assertThat(permits.of(adapter).unmergeable()).contains("is being measured");
            var rules = MergeRules.aloneOnly("noise");
            goOn.complete(rules);
            permits.await();
            assertThat(permits.of(adapter)).isEqualTo(rules);
        }
    }

    @Test
    void aMeasurementThatFailsForbidsItAndSaysWhy() {
        try (var permits =
                new MeasuredPermits(weights -> {
                    throw new OutOfMemoryError("no room");
                })) {
            permits.of(adapter);
            permits.await();
            assertThat(permits.of(adapter).unmergeable()).contains("no room");
        }
    }

    @Test
    void whatIsForgottenIsNotReadAnyMore() {
        var goOn = new CompletableFuture<MergeRules>();
        try (var permits = new MeasuredPermits(weights -> goOn.join())) {
            permits.of(adapter);
            var forgotten = CompletableFuture.runAsync(() -> permits.forget(adapter));
            goOn.complete(MergeRules.FREE);
            forgotten.join();
            permits.await();
            assertThat(permits.known()).isEmpty();
        }
    }
}
