package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Set;
import org.dlora.device.KvLayout;
import org.dlora.replica.StopConditions;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
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
    void tellsWhichAdapterTheWeightsHold() {
        var model = new FakeModel(8);
        var weights = model.merge();
        weights.begin("bee", FakeModel.terms("bee"));
        weights.advance(FakeWeights.WORK);
        weights.commit();
        var limits = new StepLimits(4, 16, KvLayout.BLOCK_TOKENS);
        var engine =
                new Engine(
                        new ReplicaSettings("0", limits, 8, DType.F32, 64, true),
                        model.serve(),
                        SchedulingSettings.DEFAULT,
                        metrics);
        metrics.watch(engine);
        serve("bee");
        assertThat(merged()).isEqualTo(1);
        engine.releaseCopies();
        assertThat(merged()).isZero();
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
        metrics.loaded(id, "bee");
        var stop = new StopConditions(3, 0, true, Set.of(), List.of(), false);
        var request = Requests.of("r", id, 5, stop, SamplingParams.GREEDY);
        var listener = metrics.observe(request, _ -> {}, () -> promised);
        for (int i = 0; i < 3; i++) {
            listener.on(new GenerationEvent.Token(1, "", null));
        }
        listener.on(new GenerationEvent.Finished(FinishReason.LENGTH, "", null, 5, 0, 3));
    }
}
