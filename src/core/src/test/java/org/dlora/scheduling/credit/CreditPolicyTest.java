package org.dlora.scheduling.credit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.dlora.scheduling.AdapterRef;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.Backlog;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.RandomAdapters;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.SimulatedServer;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.SyntheticCosts;
import org.junit.jupiter.api.Test;

/** Tests of the times of the paper's policy, and of its steps while weights are built. */
class CreditPolicyTest {
    private static final StepLimits LIMITS = new StepLimits(4, 64, 16);
    private static final SyntheticCosts COSTS = new SyntheticCosts(0.01, 0.001, 0, 1e-9, 0.05);
    private static final Set<AdapterRef> LOADED =
            Set.of(AdapterRef.base(), AdapterRef.of("hot"), AdapterRef.of("other"));

    private final CreditPolicy policy = new CreditPolicy();

    @Test
    void theBarToStayMergedDoesNotDependOnTheFirstRequest() {
        var betas = new ArrayList<Double>();
        for (var first : List.of("", "small", "large")) {
            var server = server();
            server.submit(first, 10, 5);
            server.step();
            betas.add(server.state().beta());
        }
        assertThat(betas).containsOnly(betas.getFirst());
        assertThat(betas.getFirst()).isLessThan(1);
    }

    @Test
    void aPeriodIsJudgedByAllItsIterationsNotByTheLastRequests() {
        double alpha = alphaAfterAMergedPeriod(128, 128);
        assertThat(alphaAfterAMergedPeriod(128, 0)).isEqualTo(alpha);
        assertThat(alphaAfterAMergedPeriod(0, 128)).isNotEqualTo(alpha);
    }

    /** Twenty iterations with a merged adapter; then requests of another one only. */
    private double alphaAfterAMergedPeriod(int rank, int lastRank) {
        var state = policy.start();
        for (int i = 0; i < 20; i++) {
            state = policy.decide(snapshot("hot", rank), state).next();
        }
        assertThat(state.merged()).isEqualTo(AdapterRef.of("hot"));
        var next = policy.decide(snapshot("other", lastRank), state).next();
        assertThat(next.merged()).isNotEqualTo(AdapterRef.of("hot"));
        return next.alpha();
    }

    private static Snapshot snapshot(String adapter, int rank) {
        var sequences = new ArrayList<SequenceView>();
        for (int i = 0; i < 4; i++) {
            sequences.add(new SequenceView(i, AdapterRef.of(adapter), i, 20, 19, 2));
        }
        var loaded = RandomAdapters.adapter(adapter, rank, MergeRules.FREE);
        var view =
                new AdapterView(
                        loaded.id(),
                        loaded.lora(),
                        loaded.rules(),
                        1,
                        new Backlog(4, 4, 0),
                        OutputLengths.NONE);
        var merge = new MergeView(Mode.unmerged(), Set.of("hot"), null, 0.2, Long.MAX_VALUE);
        return new Snapshot(
                0,
                sequences,
                100,
                LIMITS,
                merge,
                List.of(view),
                LOADED,
                OutputLengths.NONE,
                SloLimits.NONE,
                COSTS);
    }

    @Test
    void nobodyPausesAndNobodyPaysWhileMergedWeightsAreBuilt() {
        var server = server();
        server.submit("small", 10, 100);
        for (int i = 0; i < 8; i++) {
            server.submit("large", 10, 100);
        }
        int building = 0;
        for (int i = 0; i < 60; i++) {
            var creditsBefore = server.state().credits();
            server.step();
            var step = server.steps.getLast();
            var plan = step.decision().plan();
            if (plan.target() instanceof Mode.Merged && plan.mode() instanceof Mode.Unmerged) {
                building++;
                assertThat(step.rows().keySet()).contains("small", "large");
                assertThat(plan.run()).hasSize(LIMITS.maxBatch());
                assertThat(
                                creditsBefore.isEmpty()
                                        || creditsBefore.equals(server.state().credits()))
                        .isTrue();
                assertThat(step.decision().explanation().why()).contains("until it is built");
            }
        }
        assertThat(building).isGreaterThan(3);
        assertThat(server.steps.getLast().decision().plan().mode()).isEqualTo(Mode.merged("large"));
        assertThat(server.steps.getLast().rows().keySet()).containsExactly("large");
    }

    private SimulatedServer<CreditState> server() {
        var server = new SimulatedServer<>(policy, LIMITS, 400, SyntheticCosts.CPU);
        server.add(RandomAdapters.adapter("small", 8, MergeRules.FREE));
        server.add(RandomAdapters.adapter("large", 128, MergeRules.FREE));
        return server;
    }
}
