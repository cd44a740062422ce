package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepShape;
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
        serve();
        metrics.ran(step(Mode.merged("bee@1#1")));
        assertThat(registry.get("dlora.adapter.merged").gauge().value()).isEqualTo(1);
        metrics.ran(step(Mode.unmerged()));
        assertThat(registry.get("dlora.adapter.merged").gauge().value()).isZero();
    }

    private double requests(String promise, String outcome) {
        return registry.get("dlora.slo.requests")
                .tags("adapter", "bee", "replica", "0", "promise", promise, "outcome", outcome)
                .counter()
                .count();
    }

    /** A request of three tokens. */
    private void serve() {
        metrics.loaded("bee@1#1", "bee");
        var stop = new StopConditions(3, 0, true, Set.of(), List.of(), false);
        var request = Requests.of("r", "bee@1#1", 5, stop, SamplingParams.GREEDY);
        var listener = metrics.observe(request, _ -> {}, () -> promised);
        for (int i = 0; i < 3; i++) {
            listener.on(new GenerationEvent.Token(1, "", null));
        }
        listener.on(new GenerationEvent.Finished(FinishReason.LENGTH, "", null, 5, 0, 3));
    }

    private static RecordedStep step(Mode mode) {
        var decision = new StepDecision("p", "c", "w", mode, mode, List.of(), 1, Map.of());
        return new RecordedStep(
                1, 0, 1, 1, new StepShape(1, 1, 1, 1, List.of()), 1, 1, 0, decision);
    }
}
