package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.fair.DloraState;
import org.dlora.scheduling.policy.ArrivalOrderPolicy;
import org.junit.jupiter.api.Test;

/**
 * Tests of the guarantees of {@code dlora} in {@code docs/scheduling.md}, against arrivals that try
 * to break them.
 */
class FairnessTest {
    private static final double ROUNDING = Crowd.ROUNDING;
    private static final TeamRef RED = new TeamRef("red");
    private static final TeamRef BLUE = new TeamRef("blue");

    @Property(tries = 60)
    void serviceOfAnyTwoBackloggedAdaptersDiffersByTheStatedBound(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed));
        crowd.run();
        double widest = crowd.widestGap();
        assertThat(widest).isLessThanOrEqualTo(2 * crowd.lead() + ROUNDING);
        Statistics.label("gap above half of the bound").collect(widest > crowd.lead());
        Statistics.label("ran an adapter alone").collect(crowd.ranAlone());
    }

    @Property(tries = 60)
    void whileAnAdapterGetsNothingEachOtherGetsAtMostTheStatedService(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed));
        crowd.run();
        assertThat(crowd.mostWhileAnotherGotNothing())
                .isLessThanOrEqualTo(2 * crowd.lead() + ROUNDING);
    }

    @Property(tries = 50)
    void anEntitledAdapterIsServedInTimeWhereMemoryIsNotShort(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed), 100_000, 50);
        crowd.run();
        crowd.assertServedInTime();
    }

    @Property(tries = 30)
    void arrivalOrderHoldsForPromptsLongerThanAStep(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed), 100_000, 2000);
        crowd.run();
        crowd.assertServedInTime();
    }

    @Property(tries = 60)
    void anAdapterThatFindsBlocksIsServedInTimeWhereMemoryIsShort(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed));
        crowd.run();
        crowd.assertServedInTimeWhereBlocksAreFound();
    }

    @Test
    void overdueAdaptersAreServedInTimeBesideOneThatFindsNoBlocks() {
        anAdapterThatFindsBlocksIsServedInTimeWhereMemoryIsShort(-50665);
    }

    /** A request that needs more blocks than are free, and one that needs few, both overdue. */
    @Test
    void anOverdueRequestWithoutRoomDoesNotKeepOutAnotherOneThatFits() {
        var settings = DloraSettings.DEFAULT;
        var server =
                new SimulatedServer<>(
                        new DloraPolicy(settings),
                        new StepLimits(8, 128, 16),
                        100,
                        SyntheticCosts.CPU);
        List.of("holder", "large", "small")
                .forEach(name -> server.add(RandomAdapters.adapter(name)));
        var holder = server.submit("holder", 400, 800);
        server.step();
        var large = server.submit("large", 1200, 5);
        server.step();
        var small = server.submit("small", 20, 5);
        while (Double.isNaN(small.firstTokenAt)) {
            server.step();
        }
        double step = server.steps.getLast().end() - server.steps.getLast().start();
        assertThat(small.firstTokenAt - small.arrivedAt).isLessThan(settings.maxWait() + 3 * step);
        assertThat(large.firstTokenAt).isNaN();
        assertThat(holder.endedAt).isNaN();
        server.runToTheEnd();
        assertThat(large.endedAt).isPositive();
    }

    @Test
    void overdueAdaptersAreServedHoweverLongPromptsAre() {
        var limits = new StepLimits(64, 512, 16);
        var settings = DloraSettings.DEFAULT;
        var server =
                new SimulatedServer<>(
                        new DloraPolicy(settings), limits, 100_000, SyntheticCosts.CPU);
        for (int i = 0; i < 33; i++) {
            server.add(RandomAdapters.adapter("adapter-" + i));
            server.submit("adapter-" + i, 20_000, 5);
        }
        var first = new HashMap<String, Double>();
        while (server.now() < settings.maxWait() + 3) {
            server.step();
            var step = server.steps.getLast();
            step.rows().keySet().forEach(adapter -> first.putIfAbsent(adapter, step.end()));
        }
        double step = server.steps.getFirst().end() - server.steps.getFirst().start();
        assertThat(first).hasSize(33);
        assertThat(first.values()).allMatch(t -> t <= settings.maxWait() + 3 * step);
    }

    @Property(tries = 30)
    void noSequenceHoldingBlocksIsPassedByAYoungerOneOfItsAdapter(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed), 100_000, seed % 2 == 0 ? 50 : 2000);
        crowd.run();
        for (var step : crowd.server.steps) {
            for (var adapter : step.rows().keySet()) {
                assertThat(passedOver(step, adapter)).noneMatch(SequenceView::holdsBlocks);
            }
        }
    }

    @Property(tries = 30)
    void aWaitingRequestIsPassedInNoMoreStepsThanOlderOnesOfItsAdapterWait(@ForAll long seed) {
        var crowd = new Crowd(new Random(seed), 100_000, seed % 2 == 0 ? 50 : 2000);
        crowd.run();
        var olderOnes = new HashMap<Long, Integer>();
        var times = new HashMap<Long, Integer>();
        for (var step : crowd.server.steps) {
            for (var adapter : crowd.weights.keySet()) {
                var waiting = waiting(step, adapter);
                for (int i = 0; i < waiting.size(); i++) {
                    olderOnes.putIfAbsent(waiting.get(i).id(), i);
                }
                if (comeIn(step, waiting) > 0) {
                    passedOver(step, adapter).forEach(v -> times.merge(v.id(), 1, Integer::sum));
                }
            }
        }
        times.forEach((id, count) ->
                assertThat(count).isLessThanOrEqualTo(olderOnes.getOrDefault(id, 0)));
        Statistics.label("passed over").collect(!times.isEmpty());
    }

    private static List<SequenceView> waiting(StepReport step, String adapter) {
        return step.snapshot().sequences().stream()
                .filter(v -> v.adapter().is(adapter) && !v.holdsBlocks())
                .toList();
    }

    private static long comeIn(StepReport step, List<SequenceView> waiting) {
        return waiting.stream().filter(v -> runs(step, v)).count();
    }

    private static boolean decodes(SequenceView view) {
        return view.holdsBlocks() && view.pending() == 1;
    }

    private static boolean runs(StepReport step, SequenceView view) {
        return step.decision().plan().run().stream().anyMatch(run -> run.sequence() == view.id());
    }

    /** Requests that get nothing while rows of a younger one's prompt run, of their adapter. */
    private static List<SequenceView> passedOver(StepReport step, String adapter) {
        var its =
                step.snapshot().sequences().stream().filter(v -> v.adapter().is(adapter)).toList();
        long youngest =
                its.stream()
                        .filter(v -> runs(step, v) && !decodes(v))
                        .mapToLong(SequenceView::id)
                        .max()
                        .orElse(-1);
        return its.stream().filter(v -> v.id() < youngest && !runs(step, v)).toList();
    }

    @Test
    void anAdapterThatFindsNoBlocksIsNotChosenToRunAlone() {
        whileAnAdapterGetsNothingEachOtherGetsAtMostTheStatedService(144);
    }

    @Test
    void justServedAdaptersComeAfterOverdueOnes() {
        anEntitledAdapterIsServedInTimeWhereMemoryIsNotShort(-5610239);
    }

    @Test
    void arrivalOrderBreaksTheBound() {
        var limits = new StepLimits(4, 32, 16);
        var inOrder =
                new SimulatedServer<>(new ArrivalOrderPolicy(), limits, 200, SyntheticCosts.CPU);
        var fair =
                new SimulatedServer<>(
                        new DloraPolicy(DloraSettings.DEFAULT), limits, 200, SyntheticCosts.CPU);
        assertThat(waitBehindAFlood(inOrder)).isGreaterThan(20 * waitBehindAFlood(fair));
    }

    private static double waitBehindAFlood(SimulatedServer<?> server) {
        server.add(RandomAdapters.adapter("hot"));
        server.add(RandomAdapters.adapter("cold"));
        for (int i = 0; i < 300; i++) {
            server.submit("hot", 20, 40);
        }
        server.step();
        var cold = server.submit("cold", 20, 5);
        server.runToTheEnd();
        return cold.firstTokenAt - cold.arrivedAt;
    }

    @Property(tries = 40)
    void serviceOfAnyTwoBackloggedTeamsDiffersByTheStatedBound(@ForAll long seed) {
        var crowd = new TeamCrowd(new Random(seed));
        crowd.run();
        double widest = crowd.widestGapOfTeams();
        assertThat(widest).isLessThanOrEqualTo(1);
        crowd.assertLeads();
        Statistics.label("gap above half of the bound").collect(widest > 0.5);
        Statistics.label("ran an adapter alone").collect(crowd.ranAlone());
        Statistics.label("for several teams").collect(crowd.ranAloneForSeveral());
    }

    @Property(tries = 25)
    void serviceOfAnyTwoBackloggedAdaptersOfATeamDiffersByTheStatedBound(@ForAll long seed) {
        var crowd = new TeamCrowd(new Random(seed));
        crowd.run();
        assertThat(crowd.widestGapWithinTeams()).isLessThanOrEqualTo(1);
    }

    @Property(tries = 40)
    void whileATeamGetsNothingEachOtherGetsAtMostTheStatedService(@ForAll long seed) {
        var crowd = new TeamCrowd(new Random(seed));
        crowd.run();
        assertThat(crowd.mostWhileATeamGotNothing()).isLessThanOrEqualTo(1);
    }

    @Property(tries = 25)
    void whileAnAdapterOfATeamGetsNothingOthersGetAtMostTheStatedService(@ForAll long seed) {
        var crowd = new TeamCrowd(new Random(seed));
        crowd.run();
        crowd.assertServiceOfOthersWhileAFlowGotNothing();
    }

    @Property(tries = 25)
    void anEntitledFlowIsServedInTimeWhereMemoryIsNotShort(@ForAll long seed) {
        var crowd = new TeamCrowd(new Random(seed), 100_000, 50, policy -> policy);
        crowd.run();
        crowd.assertServedInTime(false);
    }

    @Property(tries = 15)
    void anEntitledFlowIsServedInTimeWherePromptsAreMuchLongerThanSteps(@ForAll long seed) {
        var crowd = new TeamCrowd(new Random(seed), 100_000, 2000, policy -> policy);
        crowd.run();
        crowd.assertServedInTime(false);
    }

    @Property(tries = 25)
    void anEntitledFlowThatFindsBlocksIsServedInTimeWhereMemoryIsShort(@ForAll long seed) {
        var crowd = new TeamCrowd(new Random(seed));
        crowd.run();
        crowd.assertServedInTime(true);
    }

    @Property(tries = 20)
    void noSequenceHoldingBlocksIsPassedByAYoungerOneOfItsFlow(@ForAll long seed) {
        var random = new Random(seed);
        var crowd = new TeamCrowd(random, 100_000, seed % 2 == 0 ? 50 : 2000, policy -> policy);
        crowd.run();
        crowd.assertOrderWithinFlows();
    }

    /** The bound of teams is broken by a policy that counts by adapter alone. */
    @Test
    void theBoundOfTeamsFailsIfTheTeamLevelIsIgnored() {
        long broken =
                IntStream.range(0, 20)
                        .filter(seed -> {
                            var random = new Random(seed);
                            var crowd = new TeamCrowd(random, 30, 50, WithoutTeams::new);
                            crowd.run();
                            return crowd.widestGapOfTeams() > 1;
                        })
                        .count();
        assertThat(broken).isGreaterThan(5);
    }

    /** The bound within teams is broken by a policy that counts by team alone. */
    @Test
    void theBoundOfAdaptersFailsIfTheirLevelIsIgnored() {
        long broken =
                IntStream.range(0, 20)
                        .filter(seed -> {
                            var random = new Random(seed);
                            var crowd = new TeamCrowd(random, 30, 50, WithoutAdapters::new);
                            crowd.run();
                            return crowd.widestGapWithinTeams() > 1;
                        })
                        .count();
        assertThat(broken).isGreaterThan(5);
    }

    @Test
    void aTeamOfShareTwoGetsTwiceTheServiceOfOneOfShareOne() {
        var server = flooded(TeamWeights.EQUAL.with(RED, 2));
        var got = service(server, 3000);
        double bound = 2 * (200 + 72);
        assertThat(got.getOrDefault(RED, 0.0) / 2 - got.getOrDefault(BLUE, 0.0))
                .isBetween(-bound, bound);
        assertThat(got.getOrDefault(RED, 0.0) / got.getOrDefault(BLUE, 0.0)).isBetween(1.9, 2.1);
    }

    @Test
    void aTeamWithManyAdaptersGetsNoMoreThanOneWithASingleOne() {
        var server = flooded(TeamWeights.EQUAL);
        var got = service(server, 3000);
        assertThat(got.getOrDefault(RED, 0.0) / got.getOrDefault(BLUE, 0.0)).isBetween(0.95, 1.05);
    }

    @Test
    void aTeamThatReturnsGetsNoCreditForItsAbsence() {
        var server = server(500);
        flood(server, new Flow(RED, AdapterRef.of("a")), 400);
        for (int i = 0; i < 2000; i++) {
            server.step();
        }
        int returned = server.steps.size();
        flood(server, new Flow(BLUE, AdapterRef.of("b")), 400);
        var got = service(server, 1000);
        assertThat(server.steps.size()).isEqualTo(returned + 1000);
        double bound = 2 * (500 + 72);
        assertThat(got.getOrDefault(BLUE, 0.0) - got.getOrDefault(RED, 0.0))
                .isBetween(-bound, bound);
    }

    /** Team red floods eight adapters, team blue one of them. */
    private static SimulatedServer<DloraState> flooded(TeamWeights shares) {
        var server = server(200);
        server.share(shares);
        for (var adapter : List.of("a", "b", "c", "d", "e", "f", "g", "h")) {
            flood(server, new Flow(RED, AdapterRef.of(adapter)), 150);
        }
        flood(server, new Flow(BLUE, AdapterRef.of("a")), 600);
        return server;
    }

    private static SimulatedServer<DloraState> server(double maxLead) {
        var settings = new DloraSettings(1, 2, maxLead, 5, 0.03);
        var server =
                new SimulatedServer<>(
                        new DloraPolicy(settings),
                        new StepLimits(8, 64, 16),
                        2000,
                        SyntheticCosts.CPU);
        for (var adapter : List.of("a", "b", "c", "d", "e", "f", "g", "h")) {
            server.add(RandomAdapters.adapter(adapter));
        }
        return server;
    }

    private static void flood(SimulatedServer<DloraState> server, Flow flow, int requests) {
        for (int i = 0; i < requests; i++) {
            server.submit(flow, 20, 60, false);
        }
    }

    /** Returns the service of each team in the next steps. */
    private static Map<TeamRef, Double> service(SimulatedServer<DloraState> server, int steps) {
        var got = new HashMap<TeamRef, Double>();
        for (int i = 0; i < steps; i++) {
            server.step();
            server.steps
                    .getLast()
                    .flows()
                    .teamService()
                    .forEach((team, service) -> got.merge(team, service, Double::sum));
        }
        return got;
    }
}
