package org.dlora.scheduling.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.dlora.scheduling.AdapterView;
import org.dlora.scheduling.Backlog;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.MergeView;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.OutputLengths;
import org.dlora.scheduling.Policy;
import org.dlora.scheduling.RandomAdapters;
import org.dlora.scheduling.SequenceView;
import org.dlora.scheduling.ServedRequest;
import org.dlora.scheduling.SimulatedServer;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.Snapshot;
import org.dlora.scheduling.Stateless;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.SyntheticCosts;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.policy.ArrivalOrderPolicy;
import org.dlora.scheduling.policy.OldestAdapterPolicy;
import org.junit.jupiter.api.Test;

/** Steps as large as the limits of time allow. */
class StepRowBudgetTest {
    /** 10 ms and 1 ms for each row. */
    private static final SyntheticCosts COSTS = new SyntheticCosts(0.01, 0.001, 0, 0, 1);

    private static final double NEVER = Double.POSITIVE_INFINITY;

    private final SimulatedServer<Stateless> server =
            new SimulatedServer<>(
                    new ArrivalOrderPolicy(), new StepLimits(8, 512, 16), 1000, COSTS);

    @Test
    void aPromptIsCutSoThatStreamsKeepTheirPace() {
        server.limit(new SloLimits(NEVER, 0.0605));
        var stream = server.submit("", 10, 50);
        server.step();
        server.submit("", 2000, 5);
        server.step();
        assertThat(rowsOfLastStep()).isEqualTo(50);
        server.runToTheEnd();
        assertThat(stream.longestGap).isLessThanOrEqualTo(0.0605);
    }

    @Test
    void nothingIsCutWhereNobodyStreams() {
        server.limit(new SloLimits(NEVER, 0.0605));
        server.submit("", 2000, 5);
        server.step();
        assertThat(rowsOfLastStep()).isEqualTo(512);
    }

    @Test
    void aPromptGetsABlockOfRowsHoweverTightTheLimit() {
        server.limit(new SloLimits(NEVER, 0.001));
        server.submit("", 10, 50);
        server.step();
        server.submit("", 2000, 5);
        server.step();
        assertThat(rowsOfLastStep()).isEqualTo(1 + 16);
    }

    @Test
    void aStreamKeepsItsPaceBehindManyLongPromptsOfItsAdapter() {
        assertThat(missedBehindPromptsOfItsAdapter(new ArrivalOrderPolicy(), 512)).isZero();
        assertThat(missedBehindPromptsOfItsAdapter(new DloraPolicy(DloraSettings.DEFAULT), 512))
                .isZero();
    }

    @Test
    void orderHoldsWhereAStepHasFewerRowsThanSequences() {
        assertThat(missedBehindPromptsOfItsAdapter(new ArrivalOrderPolicy(), 8)).isZero();
        assertThat(missedBehindPromptsOfItsAdapter(new DloraPolicy(DloraSettings.DEFAULT), 8))
                .isZero();
    }

    /** Steps in which a stream gets nothing that began after 20 long prompts had come in. */
    private static <S> int missedBehindPromptsOfItsAdapter(Policy<S> policy, int rows) {
        var server = new SimulatedServer<>(policy, new StepLimits(64, rows, 16), 100_000, COSTS);
        for (int i = 0; i < 20; i++) {
            server.prefill(server.submit("", 20_000, 5), 1);
        }
        var stream = server.submit("", 10, 200);
        server.prefill(stream, 9);
        server.limit(new SloLimits(NEVER, 0.001));
        return missed(server, stream, 150);
    }

    @Test
    void aStreamKeepsItsPaceHoweverManyAdaptersAreOverdue() {
        var server =
                new SimulatedServer<>(
                        new DloraPolicy(DloraSettings.DEFAULT),
                        new StepLimits(64, 512, 16),
                        100_000,
                        COSTS);
        server.limit(new SloLimits(NEVER, 0.001));
        var stream = server.submit("", 10, 1000);
        server.step();
        for (int i = 0; i < 40; i++) {
            server.add(RandomAdapters.adapter("adapter-" + i));
            server.submit("adapter-" + i, 20_000, 5);
        }
        assertThat(missed(server, stream, 400)).isZero();
        assertThat(server.steps).extracting(step -> step.rows().size()).anyMatch(n -> n > 1 + 16);
    }

    private static int missed(SimulatedServer<?> server, ServedRequest stream, int steps) {
        int missed = 0;
        for (int i = 0; i < steps; i++) {
            server.step();
            missed +=
                    server.steps.getLast().decision().plan().run().stream()
                                    .anyMatch(run -> run.sequence() == stream.id)
                            ? 0
                            : 1;
        }
        return missed;
    }

    /** The rows of a step follow from the mode it runs in, not from that of the step before. */
    @Test
    void aStepIsAsLargeAsItsOwnModeAllows() {
        var afterUnmerged = plan(Mode.unmerged());
        assertThat(afterUnmerged.mode()).isEqualTo(Mode.merged("hot"));
        assertThat(afterUnmerged).isEqualTo(plan(Mode.merged("hot")));
        assertThat(afterUnmerged.run()).contains(new StepPlan.Run(2, 49));
    }

    /** A stream and a long prompt of an adapter whose merged weights are ready. */
    private static StepPlan plan(Mode before) {
        var hot = RandomAdapters.adapter("hot", 128, MergeRules.FREE);
        var view =
                new AdapterView(
                        hot.id(),
                        hot.lora(),
                        hot.rules(),
                        1,
                        new Backlog(2, 1, 2000),
                        OutputLengths.NONE);
        var snapshot =
                new Snapshot(
                        0,
                        List.of(
                                new SequenceView(1, hot.id(), 1, 20, 19, 2),
                                new SequenceView(2, hot.id(), 2, 2000, 0, 0)),
                        1000,
                        new StepLimits(8, 512, 16),
                        new MergeView(before, Set.of("hot"), null, 0.2, Long.MAX_VALUE),
                        List.of(view),
                        Set.of(hot.id()),
                        OutputLengths.NONE,
                        new SloLimits(NEVER, 0.0605),
                        new SyntheticCosts(0.01, 0.001, 0, 1e-9, 0.1));
        return new OldestAdapterPolicy().decide(snapshot, new Stateless()).plan();
    }

    @Test
    void aPromptThatWouldBeLateGoesBeforeShorterOnes() {
        assertThat(firstTokenOfALongPrompt(NEVER)).isGreaterThan(3.0);
        assertThat(firstTokenOfALongPrompt(2.3)).isLessThanOrEqualTo(2.3);
    }

    /** Behind another long one that is older, and beside short ones that keep coming. */
    private static double firstTokenOfALongPrompt(double ttft) {
        var server =
                new SimulatedServer<>(
                        new ArrivalOrderPolicy(), new StepLimits(64, 512, 16), 10_000, COSTS);
        server.limit(new SloLimits(ttft, NEVER));
        server.submit("", 6000, 1);
        var longOne = server.submit("", 600, 1);
        while (Double.isNaN(longOne.firstTokenAt)) {
            for (int i = 0; i < 5; i++) {
                server.submit("", 60, 1);
            }
            server.step();
        }
        return longOne.firstTokenAt;
    }

    private int rowsOfLastStep() {
        return server.steps.getLast().rows().values().stream().mapToInt(r -> r).sum();
    }
}
