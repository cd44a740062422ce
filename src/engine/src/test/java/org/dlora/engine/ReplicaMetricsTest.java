package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.dlora.adapter.weights.MergeTerms;
import org.dlora.device.KvLayout;
import org.dlora.engine.merging.FakeWeights;
import org.dlora.engine.meters.AdapterLabel;
import org.dlora.engine.meters.ReplicaMetrics;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.FinishReason;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.SequenceUsage;
import org.dlora.replica.request.StepCounts;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.ReplicaLoad;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ReplicaMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ReplicaMetrics metrics = new ReplicaMetrics(registry, "0");
    private SloLimits promised = SloLimits.NONE;

    @Test
    void countsKeptAndMissedPromisesWhereAnyAreMade() {
        serve();
        assertThat(registry.find("dlora.slo.requests").counters()).isEmpty();
        promised = new SloLimits(1000, Double.MIN_VALUE);
        serve();
        promised = new SloLimits(Double.MIN_VALUE, Double.POSITIVE_INFINITY);
        serve();
        assertThat(requests("ttft", "kept")).isEqualTo(1);
        assertThat(requests("ttft", "missed")).isEqualTo(1);
        assertThat(requests("tpot", "missed")).isEqualTo(1);
        assertThat(registry.get("dlora.slo.requests").counters()).hasSize(3);
    }

    @Test
    void metricsNameTheMergedAdapter() {
        var model = new FakeModel(8);
        var weights = model.merge();
        weights.begin("bee", MergeTerms.NONE);
        weights.advance(FakeWeights.WORK);
        weights.commit();
        var limits = new StepLimits(4, 16, KvLayout.BLOCK_TOKENS);
        var engine =
                new Engine(
                        new ReplicaSettings("0", limits, 8, DType.F32, 64, true),
                        model.serve(),
                        SchedulingSettings.DEFAULT,
                        metrics);
        metrics.watchEngine(engine.status());
        serve("bee");
        assertThat(merged()).isEqualTo(1);
        engine.releaseCopies();
        assertThat(merged()).isZero();
    }

    @Test
    void gaugesGoOnWithTheReplicaThatTakesThePlaceOfAnother() {
        metrics.watchLoad(() -> new ReplicaLoad("0", 3, 0, 5, 10));
        assertThat(registry.get("dlora.requests.running").gauge().value()).isEqualTo(3);
        metrics.watchLoad(() -> new ReplicaLoad("0", 4, 0, 8, 10));
        assertThat(registry.get("dlora.requests.running").gauge().value()).isEqualTo(4);
        assertThat(registry.get("dlora.kv.usage").gauge().value()).isCloseTo(0.2, within(1e-9));
    }

    /** Issue 12: an adapter called base counted with the base model. */
    @Test
    void adapterCalledBaseHasMetersOfItsOwn() {
        serve(null, "");
        serve("base@1#1", "base");
        serve("base@1#1", "base");
        assertThat(outputTokens("base")).isEqualTo(3);
        assertThat(outputTokens("base (adapter)")).isEqualTo(6);
        metrics.unloaded("base@1#1");
        assertThat(registry.find("dlora.tokens.output").counters()).hasSize(1);
        assertThat(outputTokens("base")).isEqualTo(3);
    }

    @Property
    void namesHaveLabelsOfTheirOwn(@ForAll("names") String one, @ForAll("names") String other) {
        assertThat(AdapterLabel.of(one)).isNotEqualTo(AdapterLabel.of(null));
        assertThat(AdapterLabel.of(one).equals(AdapterLabel.of(other)))
                .isEqualTo(one.equals(other));
    }

    @Provide
    Arbitrary<String> names() {
        var part = Arbitraries.of("base", " (adapter)", "b", " ", "(adapter)");
        return part.list().ofMinSize(1).ofMaxSize(4).map(parts -> String.join("", parts));
    }

    private double outputTokens(String label) {
        return registry.get("dlora.tokens.output").tag("adapter", label).counter().count();
    }

    private double merged() {
        return registry.get("dlora.adapter.merged").gauge().value();
    }

    private double requests(String promise, String outcome) {
        return registry.get("dlora.slo.requests")
                .tags("adapter", "bee", "replica", "0", "promise", promise, "outcome", outcome)
                .counter()
                .count();
    }

    /** A request of three tokens. */
    private void serve() {
        serve("bee@1#1");
    }

    private void serve(String id) {
        serve(id, "bee");
    }

    private void serve(@Nullable String id, String name) {
        if (id != null) {
            metrics.loaded(id, name);
        }
        var stop = new StopConditions(3, 0, true, Set.of(), List.of(), false);
        var request = Requests.of("r", id, 5, stop, SamplingParams.GREEDY);
        var listener = metrics.meter(request.adapter(), request.prompt().length, () -> promised);
        for (int i = 0; i < 3; i++) {
            listener.on(new GenerationEvent.Token(1, "", null));
        }
        var usage = new SequenceUsage(5, 0, 3, 0, StepCounts.NONE);
        listener.on(new GenerationEvent.Finished(FinishReason.LENGTH, "", null, usage));
    }
}
