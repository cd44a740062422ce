package org.dlora.scheduling.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.RandomAdapters;
import org.dlora.scheduling.SimulatedServer;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.SyntheticCosts;
import org.dlora.scheduling.credit.CreditPolicy;
import org.junit.jupiter.api.Test;

/** A merge is measured as long as its costs are but estimated. */
class MeasuringPolicyTest {
    private static final StepLimits LIMITS = new StepLimits(4, 64, 16);

    @Test
    void theAdapterAtWorkWithMostOperationsIsBuilt() {
        var server = server(new CreditPolicy(), true);
        submitOneOfEach(server);
        server.step();
        var step = server.steps.getLast().decision();
        assertThat(step.plan().mode()).isEqualTo(Mode.unmerged());
        assertThat(step.plan().target()).isEqualTo(Mode.merged("large"));
        assertThat(step.explanation().target()).isEqualTo(Mode.merged("large"));
        assertThat(step.explanation().chosen()).isEqualTo("unmerged");
        assertThat(step.explanation().why())
                .contains("unmerged", "'large' is built to measure what merging takes");
    }

    @Test
    void startedBuildsAreFinished() {
        var server = server(new CreditPolicy(), true);
        submitOneOfEach(server);
        server.step();
        server.add(RandomAdapters.adapter("larger", 128, MergeRules.FREE));
        server.submit("larger", 10, 100);
        server.step();
        assertThat(target(server)).isEqualTo(Mode.merged("large"));
    }

    @Test
    void nothingIsBuiltOnceAMergeWasMeasuredOrForAPolicyThatNeverMerges() {
        for (var server :
                List.of(
                        server(new CreditPolicy(), false),
                        server(new ArrivalOrderPolicy(), true))) {
            submitOneOfEach(server);
            server.step();
            assertThat(target(server)).isEqualTo(Mode.unmerged());
        }
    }

    @Test
    void wantedWeightsAreBuilt() {
        var server = server(new OldestAdapterPolicy(), true);
        submitOneOfEach(server);
        server.step();
        assertThat(target(server)).isEqualTo(Mode.merged("small"));
    }

    private static void submitOneOfEach(SimulatedServer<?> server) {
        server.submit("small", 10, 100);
        server.submit("large", 10, 100);
        server.submit("fixed", 10, 100);
    }

    private static Mode target(SimulatedServer<?> server) {
        return server.steps.getLast().decision().plan().target();
    }

    private static <S> SimulatedServer<S> server(Policy<S> policy, boolean estimated) {
        var costs = SyntheticCosts.CPU;
        var server =
                new SimulatedServer<>(
                        new MeasuringPolicy<>(policy),
                        LIMITS,
                        400,
                        costs,
                        estimated ? costs.samplesWithoutMerges() : costs.samples());
        server.add(RandomAdapters.adapter("small", 16, MergeRules.FREE));
        server.add(RandomAdapters.adapter("large", 64, MergeRules.FREE));
        server.add(RandomAdapters.adapter("fixed", 128, MergeRules.never("retrained modules")));
        return server;
    }
}
