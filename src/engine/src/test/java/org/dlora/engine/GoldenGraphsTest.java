package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.dlora.device.cuda.NeedsCuda;
import org.dlora.device.cuda.SharedGpu;
import org.dlora.device.cuda.StandIn;
import org.dlora.device.cuda.driver.GraphCache;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.replica.request.GenerationEvent;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Decode steps as CUDA graphs, against the same steps launched kernel by kernel. */
@ExtendWith(NeedsCuda.class)
@Timeout(value = 240, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GoldenGraphsTest {
    private static final String MODEL = "qwen3";
    private static final int REQUESTS = 12;
    private static final int PROMPT = 20;

    private record Run(List<List<GenerationEvent>> answers, int steps, long graphs) {}

    /** Requests of many lengths, so that rows and adapters of a step often change. */
    private static Run run(WeightPrecision precision, String graphs) throws IOException {
        var kv = precision == WeightPrecision.BFLOAT16 ? DType.BF16 : DType.F32;
        var settings = new ReplicaSettings("graphs", new StepLimits(12, 48, 16), 64, kv, 256, true);
        var observed = new Observed();
        var recordings = new ArrayList<Recording>();
        long before = StandIn.calls("cuGraphLaunch");
        System.setProperty(GraphCache.SETTING, graphs);
        try (var golden =
                new GoldenModel(GoldenModel.ROOT, MODEL, SharedGpu.number(0), precision)) {
            var model = golden.serve(settings);
            try (var _ = model.runner()) {
                var engine = new Engine(settings, model, Plans.of(new PreemptingPlans()), observed);
                var rows =
                        GoldenReplicaTest.cases(GoldenModel.ROOT, MODEL, golden.adapterNames())
                                .stream()
                                .filter(row -> row.get("prompt_ids").size() <= PROMPT)
                                .limit(REQUESTS)
                                .toList();
                for (int i = 0; i < rows.size(); i++) {
                    recordings.add(new Recording());
                    engine.submit(
                            GoldenReplicaTest.request(rows.get(i), true, 4 + 3 * i),
                            recordings.getLast());
                }
                while (!engine.isIdle()) {
                    engine.step();
                }
            }
        } finally {
            System.clearProperty(GraphCache.SETTING);
        }
        return new Run(
                recordings.stream().map(Recording::events).toList(),
                observed.steps().size(),
                StandIn.calls("cuGraphLaunch") - before);
    }

    @ParameterizedTest
    @EnumSource(
            value = WeightPrecision.class,
            names = {"FLOAT32", "BFLOAT16"})
    void stepsAsGraphsHaveTheBitsOfSingleLaunches(WeightPrecision precision) throws IOException {
        var single = run(precision, "off");
        var graphs = run(precision, "on");
        assertThat(graphs.answers()).hasSize(REQUESTS).isEqualTo(single.answers());
        assertThat(single.graphs()).isZero();
        assertThat(graphs.steps()).isEqualTo(single.steps());
        assertThat(graphs.graphs()).as("of %d steps", graphs.steps()).isGreaterThan(10);
    }
}
