package org.dlora.cluster.fidelity;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.dlora.adapter.AdapterRoots;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.model.BaseModel;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.scheduling.MergeRules;
import org.dlora.testing.TestFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Adapters are merged only after their measurement, and not read after they have left. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MeasuredPermitsTest {
    private static final Path GOLDEN = TestFiles.golden();
    private static final MergeFidelity FIDELITY = new MergeFidelity(0.75, 0.125, 0.25);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final BaseModel model = BaseModel.open(GOLDEN.resolve("models/qwen2"));
    private final Map<String, AdapterWeights> adapters = upload();
    private final AdapterWeights first = adapter("r8-all-bf16");
    private final AdapterWeights second = adapter("bias-all");
    private final AdapterWeights third = adapter("dora");

    private final Map<String, MergeFidelity> remembered = new ConcurrentHashMap<>();
    private final FidelityStore store =
            new FidelityStore() {
                @Override
                public Optional<MergeFidelity> find(String version) {
                    return Optional.ofNullable(remembered.get(version));
                }

                @Override
                public void keep(String version, MergeFidelity fidelity) {
                    remembered.put(version, fidelity);
                }
            };

    /** Weights whose measurement has started. */
    private final List<AdapterWeights> begun = Collections.synchronizedList(new ArrayList<>());

    private final Map<AdapterWeights, CompletableFuture<MergeFidelity>> results =
            new ConcurrentHashMap<>();

    private Map<String, AdapterWeights> upload() {
        return AdapterRoots.scan(List.of(GOLDEN.resolve("adapters/qwen2")), model)
                .adapters()
                .stream()
                .map(adapter -> {
                    try (adapter) {
                        return AdapterWeights.upload(
                                adapter, new CpuDevice(), WeightPrecision.AUTO);
                    }
                })
                .collect(Collectors.toMap(AdapterWeights::name, weights -> weights));
    }

    private AdapterWeights adapter(String name) {
        return requireNonNull(adapters.get(name));
    }

    @AfterEach
    void close() {
        adapters.values().forEach(AdapterWeights::close);
        model.close();
    }

    private MeasuredPermits permits() {
        return new MeasuredPermits(
                adapter -> {
                    begun.add(adapter);
                    return result(adapter).join();
                },
                fidelity -> MergeRules.aloneOnly("noise " + fidelity.mixedNoise()),
                store,
                registry);
    }

    private CompletableFuture<MergeFidelity> result(AdapterWeights adapter) {
        return results.computeIfAbsent(adapter, _ -> new CompletableFuture<>());
    }

    private double gauge(String name, AdapterWeights adapter) {
        return registry.get(name).tag("adapter", adapter.name()).gauge().value();
    }

    @Test
    void measurementDecidesWhetherAnAdapterIsMerged() {
        try (var permits = permits()) {
            assertThat(permits.of(first).unmergeable()).contains("is being measured");
            await().until(() -> begun.contains(first));
            assertThat(permits.of(first).unmergeable()).contains("is being measured");
            result(first).complete(FIDELITY);
            await().until(() -> permits.of(first).mergeable());
            assertThat(permits.of(first)).isEqualTo(MergeRules.aloneOnly("noise 0.25"));
        }
    }

    @Test
    void showsTheMeasurementUntilTheAdapterLeaves() {
        try (var permits = permits()) {
            permits.of(first);
            result(first).complete(FIDELITY);
            await().until(() -> permits.verdict(first.version()).fidelity() != null);
            assertThat(permits.verdict(first.version()).fidelity()).isEqualTo(FIDELITY);
            assertThat(gauge("dlora.merge.fidelity", first)).isEqualTo(0.75);
            assertThat(gauge("dlora.merge.logit.deviation", first)).isEqualTo(0.125);
            assertThat(gauge("dlora.merge.mixed.noise", first)).isEqualTo(0.25);
            permits.leaving(first);
            assertThat(registry.find("dlora.merge.fidelity").gauges()).isEmpty();
        }
    }

    @Test
    void verdictsOnAdaptersThatHaveLeftAreBounded() {
        List.of(first, second, third).forEach(one -> result(one).complete(FIDELITY));
        try (var permits =
                new MeasuredPermits(
                        adapter -> result(adapter).join(),
                        _ -> MergeRules.FREE,
                        store,
                        registry,
                        1)) {
            for (var one : List.of(first, second, third)) {
                permits.of(one);
                await().until(() -> permits.isFinal(one));
            }
            assertThat(permits.remembered()).isEqualTo(3);
            List.of(first, second).forEach(permits::leaving);
            assertThat(permits.remembered()).isEqualTo(2);
            assertThat(permits.of(third).mergeable()).isTrue();
            assertThat(permits.isFinal(first)).isFalse();
            permits.held(second);
            assertThat(permits.isFinal(second)).isTrue();
        }
    }

    @Test
    void measurementOutlastsAnEvictionAndTheServer() {
        result(first).complete(FIDELITY);
        try (var permits = permits()) {
            permits.of(first);
            await().until(() -> permits.of(first).mergeable());
            permits.leaving(first);
            assertThat(permits.verdict(first.version()).fidelity()).isEqualTo(FIDELITY);
            permits.held(first);
            assertThat(gauge("dlora.merge.fidelity", first)).isEqualTo(0.75);
        }
        try (var next = permits()) {
            next.held(first);
            assertThat(next.of(first)).isEqualTo(MergeRules.aloneOnly("noise 0.25"));
            assertThat(next.isFinal(first)).isTrue();
            assertThat(gauge("dlora.merge.fidelity", first)).isEqualTo(0.75);
        }
        assertThat(begun).containsExactly(first);
    }

    @Test
    void measuresAheadOnlyOnceThePolicyMayMerge() {
        adapters.values().forEach(adapter -> result(adapter).complete(FIDELITY));
        try (var permits = permits()) {
            adapters.values().forEach(permits::held);
            assertThat(permits.verdict(first.version()).rules().unmergeable())
                    .isEqualTo("not measured: the policy never merges");
            assertThat(begun).isEmpty();
            permits.ahead(true);
            await().until(() ->
                    adapters.values().stream()
                            .filter(adapter -> adapter.merge().obstacle().isEmpty())
                            .allMatch(adapter ->
                                    permits.verdict(adapter.version()).fidelity() != null));
            permits.ahead(false);
            assertThat(permits.of(first).mergeable()).isTrue();
        }
    }

    @Test
    void requestedAdapterIsMeasuredBeforeTheOthers() {
        try (var permits = permits()) {
            permits.held(first);
            permits.held(second);
            permits.held(third);
            permits.ahead(true);
            await().until(() -> begun.contains(first));
            assertThat(permits.verdict(third.version()).rules().unmergeable())
                    .contains("is being measured");
            permits.of(third);
            List.of(first, second, third).forEach(adapter -> result(adapter).complete(FIDELITY));
            await().until(() -> begun.size() == 3);
            assertThat(begun).containsExactly(first, third, second);
        }
    }

    @Test
    void adapterThatCannotBeMergedNeedsNoMeasurement() {
        var never = adapter("save-embed");
        try (var permits = permits()) {
            permits.held(never);
            assertThat(permits.verdict(never.version()).rules().unmergeable())
                    .isEqualTo(never.merge().obstacle().orElseThrow());
            assertThat(permits.of(never).mergeable()).isFalse();
            assertThat(begun).isEmpty();
        }
    }

    @Test
    void failedMeasurementForbidsMergingAndSaysWhy() {
        result(first).completeExceptionally(new OutOfMemoryError("no room"));
        try (var permits = permits()) {
            permits.of(first);
            await().until(() ->
                    String.valueOf(permits.of(first).unmergeable()).contains("no room"));
        }
    }

    @Test
    void leavingWeightsAreReadNoLonger() {
        try (var permits = permits()) {
            permits.of(first);
            await().until(() -> begun.contains(first));
            var gone = CompletableFuture.runAsync(() -> permits.leaving(first));
            assertThat(gone).isNotDone();
            result(first).complete(FIDELITY);
            gone.join();
            assertThat(permits.verdict(first.version()).fidelity()).isEqualTo(FIDELITY);
        }
    }

    @Test
    void leavingWeightsDoNotWaitForAnothersMeasurement() {
        try (var permits = permits()) {
            permits.of(first);
            permits.of(second);
            await().until(() -> begun.contains(first));
            permits.leaving(second);
            result(first).complete(FIDELITY);
            await().until(() -> permits.of(first).mergeable());
            assertThat(begun).containsExactly(first);
        }
    }
}
