package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.engine.meters.EngineObserver;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.SamplingParams;
import org.dlora.replica.request.StopConditions;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.policy.PolicyKind;
import org.dlora.scheduling.policy.PolicySettings;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

/**
 * Tests of the times of one adapter's requests beside 100 times as many of another, more than the
 * replica can serve, in virtual time.
 */
class StarvationTest {
    private static final int BLOCKS = 64;
    private static final int SECONDS = 60;
    private static final double STEP = 0.05;
    private static final int OUTPUTS = 8;

    private final List<Double> waits = new ArrayList<>();
    private double now;

    @Test
    void theColdAdapterIsServedWithinTheTimeThatDloraPromises() {
        run(PolicyKind.DLORA);
        assertThat(waits).hasSize(SECONDS);
        assertThat(waits)
                .allMatch(wait -> wait <= DloraSettings.DEFAULT.maxWait() + (OUTPUTS + 3) * STEP);
    }

    @Test
    void inTheOrderOfArrivalItWaitsAsLongAsTheQueueIs() {
        run(PolicyKind.UNMERGED);
        assertThat(waits).anyMatch(wait -> wait > SECONDS);
    }

    private void run(PolicyKind policy) {
        var model = new FakeModel(BLOCKS);
        model.beforeStep(_ -> now += STEP);
        var limits = new StepLimits(4, 64, 16);
        var settings = new ReplicaSettings("r", limits, BLOCKS, DType.F32, 100, true);
        var scheduling = new SchedulingSettings(PolicySettings.of(policy), SloLimits.NONE);
        var engine =
                new Engine(settings, model.serve(), scheduling, EngineObserver.NONE, () -> now);
        for (int second = 0; second < SECONDS; second++) {
            submit(engine, "cold-" + second, "bee");
            for (int i = 0; i < 100; i++) {
                submit(engine, "hot-" + second + "-" + i, "ant");
            }
            while (now < second + 1) {
                engine.step();
            }
        }
        while (waits.size() < SECONDS) {
            engine.step();
        }
    }

    private void submit(Engine engine, String id, String adapter) {
        double arrived = now;
        var stop = new StopConditions(OUTPUTS, 0, true, Set.of(), List.of(), false);
        engine.submit(
                Requests.of(id, adapter, 5, stop, SamplingParams.GREEDY),
                event -> {
                    if (adapter.equals("bee") && event.isLast()) {
                        waits.add(now - arrived);
                    }
                });
    }
}
