package org.dlora.scheduling.fair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.dlora.scheduling.Batch;
import org.dlora.scheduling.MergeRules;
import org.dlora.scheduling.Mode;
import org.dlora.scheduling.RandomAdapters;
import org.dlora.scheduling.ServedRequest;
import org.dlora.scheduling.SimulatedServer;
import org.dlora.scheduling.SloLimits;
import org.dlora.scheduling.SnapshotIndex;
import org.dlora.scheduling.StepDecision;
import org.dlora.scheduling.StepLimits;
import org.dlora.scheduling.StepPlan;
import org.dlora.scheduling.StepReport;
import org.dlora.scheduling.StepShape;
import org.dlora.scheduling.SyntheticCosts;
import org.junit.jupiter.api.Test;

class DloraPolicyTest {
    private static final StepLimits LIMITS = new StepLimits(16, 128, 16);
    private static final SyntheticCosts FREE_LORA = new SyntheticCosts(0.01, 0.001, 0, 0, 0.15);

    private final SimulatedServer<DloraState> server = server(SyntheticCosts.CPU);

    @Test
    void mergesAHotAdapterAndBuildsItWhileItRuns() {
        flood("hot", 60, 50);
        server.step();
        var first = server.steps.getFirst().decision().plan();
        assertThat(first.mode()).isEqualTo(Mode.unmerged());
        assertThat(first.target()).isEqualTo(Mode.merged("hot"));
        server.runToTheEnd();
        assertThat(share(Mode.merged("hot"))).isGreaterThan(0.8);
    }

    @Test
    void neverMergesWhereLoraCostsNothing() {
        var free = server(FREE_LORA);
        for (int i = 0; i < 60; i++) {
            free.submit("hot", 20, 50);
        }
        free.runToTheEnd();
        assertThat(free.steps).allMatch(s -> s.decision().plan().target().equals(Mode.unmerged()));
    }

    @Test
    void mergesThatTheBacklogDoesNotRepayAreNotBuilt() {
        server.submit("hot", 20, 200);
        server.runToTheEnd();
        flood("hot", 3, 4);
        int before = server.steps.size();
        // An answer of 200 tokens was seen, but at most four tokens may come now.
        server.runToTheEnd();
        assertThat(server.steps.subList(before, server.steps.size()))
                .allMatch(s -> s.decision().plan().target().equals(Mode.unmerged()));
    }

    @Test
    void dropsABuildWhenItsRequestsAreGone() {
        var requests = flood("hot", 40, 50);
        server.submit("cold", 10, 100);
        server.step();
        server.step();
        assertThat(server.merge().building()).isNotNull();
        requests.forEach(server::cancel);
        server.step();
        assertThat(last().decision().plan().target()).isEqualTo(Mode.unmerged());
        assertThat(server.merge().building()).isNull();
    }

    @Test
    void othersRunBesideAMergedAdapter() {
        flood("hot", 12, 200);
        server.submit("cold", 10, 150);
        server.submit("", 10, 150);
        server.runToTheEnd();
        assertThat(server.steps)
                .anyMatch(s ->
                        s.decision().plan().mode().equals(Mode.merged("hot"))
                                && s.rows().keySet().containsAll(List.of("hot", "cold", "")));
    }

    @Test
    void nobodyRunsBesideAnAdapterThatOthersWouldSeeTheRoundingOf() {
        flood("coarse", 60, 50);
        flood("cold", 5, 50);
        server.runToTheEnd();
        var merged =
                server.steps.stream().filter(s -> s.decision().plan().mode().isMerged("coarse"));
        assertThat(merged).isNotEmpty().allMatch(s -> s.rows().keySet().equals(Set.of("coarse")));
    }

    @Test
    void stepsWithARequestThatWantsExactWeightsRunUnmergedAndOnlyThese() {
        flood("hot", 60, 100);
        for (int i = 0; i < 60; i++) {
            server.step();
        }
        assertThat(last().decision().plan().mode()).isEqualTo(Mode.merged("hot"));
        int before = server.steps.size();
        var exact = server.submit("cold", 10, 10, true);
        while (Double.isNaN(exact.endedAt)) {
            server.step();
            var step = last();
            assertThat(step.decision().plan().mode())
                    .isEqualTo(
                            step.rows().containsKey("cold") ? Mode.unmerged() : Mode.merged("hot"));
        }
        var meanwhile = server.steps.subList(before, server.steps.size());
        assertThat(meanwhile).anyMatch(s -> !s.rows().containsKey("cold"));
        server.step();
        assertThat(last().decision().plan().mode()).isEqualTo(Mode.merged("hot"));
    }

    @Test
    void exactRequestsOfTheHotAdapterGetExactWeights() {
        flood("hot", 40, 100);
        for (int i = 0; i < 60; i++) {
            server.step();
        }
        var exact = server.submit("hot", 10, 10, true);
        server.runToTheEnd();
        assertThat(exact.endedAt).isPositive();
        assertThat(share(Mode.merged("hot"))).isGreaterThan(0.5);
    }

    @Test
    void streamsOfOthersGoOnWhereTheTimeBetweenTokensIsLimited() {
        server.limit(new SloLimits(Double.POSITIVE_INFINITY, 0.1));
        var stream = server.submit("cold", 10, 200);
        server.step();
        flood("hot", 60, 60);
        server.runToTheEnd();
        assertThat(stream.longestGap).isLessThanOrEqualTo(0.1 * 1.3);
    }

    @Test
    void explanationsNameTheComparedModesAndTheirPredictions() {
        flood("hot", 60, 50);
        server.submit("cold", 10, 50);
        server.step();
        var why = last().decision().explanation();
        assertThat(why.policy()).isEqualTo("dlora");
        assertThat(why.candidates())
                .extracting(StepDecision.Candidate::name)
                .contains("unmerged", "mixed:hot", "merged:hot");
        assertThat(why.candidates()).anyMatch(c -> c.name().equals(why.chosen()));
        assertThat(why.why()).contains(why.chosen(), "tokens/s", "until it is built");
        var plan = last().decision().plan();
        double step =
                SyntheticCosts.CPU.step(
                        new StepShape(
                                plan.run().stream().mapToInt(StepPlan.Run::rows).sum(),
                                0,
                                0,
                                0,
                                List.of()));
        assertThat(why.step()).isGreaterThan(step).isLessThan(3 * step);
    }

    @Test
    void saysWhyTheHottestAdapterIsNotMerged() {
        server.add(
                RandomAdapters.adapter(
                        "retrained", 64, MergeRules.never("it has retrained modules")));
        flood("retrained", 30, 50);
        flood("cold", 5, 50);
        server.step();
        assertThat(last().decision().explanation().candidates())
                .filteredOn(c -> c.target().equals(Mode.merged("retrained")))
                .extracting(StepDecision.Candidate::refused)
                .containsExactly("it has retrained modules");
    }

    /** dLoRA's n_h/|F| > ρ·(1 + s/(K·t)), with nothing but decodes. */
    @Test
    void breaksEvenWhereTheClosedFormSays() {
        var costs = new SyntheticCosts(0.01, 0.001, 0, 6e-11, 0.3);
        var replica =
                new SimulatedServer<>(new DloraPolicy(DloraSettings.DEFAULT), LIMITS, 400, costs);
        replica.add(RandomAdapters.adapter("h", 64, MergeRules.FREE));
        for (int i = 0; i < 16; i++) {
            replica.submit("h", 1, 80);
        }
        replica.step();
        var snapshot = replica.steps.getFirst().snapshot();
        var forecast = new Forecast(SnapshotIndex.of(snapshot), DloraSettings.DEFAULT);
        var batch = Batch.of(snapshot.sequences());
        var unmerged = forecast.of(Mode.unmerged(), batch);
        var merged = forecast.of(Mode.merged("h"), batch);
        double rho = merged.step() / unmerged.step();
        double answers = 64; // tokens, as long as none has been seen
        double prompts = 1 / answers;
        double perStep = merged.step() * (1 + prompts);
        assertThat(merged.tokensPerSecond() / unmerged.tokensPerSecond())
                .isCloseTo(1 / (rho * (1 + 0.3 / (answers * perStep))), within(0.02));
    }

    /** Two steps of half the rows take longer than one of all. */
    @Test
    void pausedRequestsHaveToRunLater() {
        flood("hot", 8, 80);
        flood("cold", 8, 80);
        server.step();
        var snapshot = last().snapshot();
        var forecast = new Forecast(SnapshotIndex.of(snapshot), DloraSettings.DEFAULT);
        var hot = Batch.of(snapshot.sequences().subList(0, 8));
        var cold = Batch.of(snapshot.sequences().subList(8, 16));
        double room = Double.POSITIVE_INFINITY;
        var alone = forecast.alone(Mode.unmerged(), hot, cold, room);
        var withoutOthers = forecast.alone(Mode.unmerged(), hot, Batch.of(List.of()), room);
        var together = forecast.of(Mode.unmerged(), Batch.of(snapshot.sequences()));
        assertThat(alone.tokensPerSecond()).isLessThan(together.tokensPerSecond());
        assertThat(alone.step()).isEqualTo(withoutOthers.step());
        assertThat(withoutOthers).isEqualTo(forecast.of(Mode.unmerged(), hot));
    }

    @Test
    void buildsTheNextOneAheadOnlyWhereTheMemoryHoldsBoth() {
        assertThat(takeTurns(400_000_000)).anyMatch(DloraPolicyTest::isBuiltAhead);
        assertThat(takeTurns(399_999_999))
                .anyMatch(s -> s.decision().plan().mode().isMerged("coarse"))
                .noneMatch(DloraPolicyTest::isBuiltAhead);
    }

    /** Two adapters that run alone, of 200 MB of merged weights each. */
    private static List<StepReport> takeTurns(long memory) {
        var replica = server(SyntheticCosts.CPU);
        replica.limitMemory(memory);
        replica.add(RandomAdapters.adapter("rough", 128, MergeRules.aloneOnly("it is rounded")));
        for (int i = 0; i < 60; i++) {
            replica.submit("coarse", 20, 50);
            replica.submit("rough", 20, 50);
        }
        replica.runToTheEnd();
        return replica.steps;
    }

    private static boolean isBuiltAhead(StepReport step) {
        var plan = step.decision().plan();
        return step.decision().explanation().chosen().equals(Candidate.name(plan.mode(), true))
                && !plan.target().equals(plan.mode());
    }

    private List<ServedRequest> flood(String adapter, int requests, int outputs) {
        return IntStream.range(0, requests)
                .mapToObj(i -> server.submit(adapter, 20, outputs))
                .toList();
    }

    private StepReport last() {
        return server.steps.getLast();
    }

    private double share(Mode mode) {
        double inMode =
                server.steps.stream()
                        .filter(s -> s.decision().plan().mode().equals(mode))
                        .mapToDouble(s -> s.end() - s.start())
                        .sum();
        return inMode / server.now();
    }

    private static SimulatedServer<DloraState> server(SyntheticCosts costs) {
        var server =
                new SimulatedServer<>(new DloraPolicy(DloraSettings.DEFAULT), LIMITS, 2000, costs);
        server.add(RandomAdapters.adapter("hot", 128, MergeRules.FREE));
        server.add(RandomAdapters.adapter("cold", 16, MergeRules.FREE));
        server.add(
                RandomAdapters.adapter(
                        "coarse", 128, MergeRules.aloneOnly("others would see its rounding")));
        return server;
    }
}
