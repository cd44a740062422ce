package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.dlora.scheduling.StepPlan.Run;
import org.dlora.scheduling.credit.CreditPolicy;
import org.dlora.scheduling.policy.ArrivalOrderPolicy;
import org.dlora.scheduling.policy.OldestAdapterPolicy;
import org.junit.jupiter.api.Test;

/** Policies that do not count teams plan the same steps with teams as without. */
class TeamBlindPoliciesTest {
    private static final TeamRef RED = new TeamRef("red");
    private static final TeamRef BLUE = new TeamRef("blue");

    @Property(tries = 90)
    void everyStepIsTheSameWithTeamsAsWithout(
            @ForAll("policies") Policy<?> policy, @ForAll long seed) {
        assertThat(plans(policy, seed, List.of(RED, BLUE, TeamRef.NONE)))
                .isEqualTo(plans(policy, seed, List.of(TeamRef.NONE)));
    }

    @Provide
    static Arbitrary<Policy<?>> policies() {
        return Arbitraries.of(
                new ArrivalOrderPolicy(), new OldestAdapterPolicy(), new CreditPolicy());
    }

    private static <S> List<StepPlan> plans(Policy<S> policy, long seed, List<TeamRef> teams) {
        var random = new Random(seed);
        var limits = new StepLimits(1 + random.nextInt(8), 4 + random.nextInt(60), 16);
        var costs = new SyntheticCosts(0.01, 0.001, 0.001, 1e-9 * random.nextInt(3), 0.1);
        var server = new SimulatedServer<>(policy, limits, 20 + random.nextInt(60), costs);
        int adapters = 1 + random.nextInt(3);
        for (int i = 0; i < adapters; i++) {
            server.add(RandomAdapters.adapter("adapter-" + i, random));
        }
        for (int toArrive = 40; toArrive > 0 || !server.isIdle(); ) {
            while (toArrive > 0 && (server.isIdle() || random.nextInt(3) > 0)) {
                var adapter = AdapterRef.of("adapter-" + random.nextInt(adapters));
                var team = teams.get(random.nextInt(30) % teams.size());
                int prompt = 1 + random.nextInt(random.nextBoolean() ? 200 : 20);
                server.submit(
                        new Flow(team, adapter),
                        prompt,
                        1 + random.nextInt(20),
                        random.nextInt(8) == 0);
                toArrive--;
            }
            server.step();
        }
        return server.steps.stream().map(step -> step.decision().plan()).toList();
    }

    /** The second prompt is of another team than the first and the younger ones. */
    @Test
    void anEarlierPromptOfAnotherTeamHasARowBeforeYoungerOnes() {
        var builder = new SnapshotBuilder().adapter("a").limits(64, 512);
        builder.team(RED, 1).prefilling("a", 3016, 16, 10);
        builder.team(BLUE, 1).waiting("a", 2000, 10).team(RED, 1);
        for (int i = 0; i < 10; i++) {
            builder.waiting("a", 30, 10);
        }
        var plan = planned(new ArrivalOrderPolicy(), withoutTeams(builder.build()));
        assertThat(plan.run()).startsWith(new Run(1, 257), new Run(2, 1), new Run(3, 30));
    }

    private static <S> StepPlan planned(Policy<S> policy, Snapshot snapshot) {
        return policy.decide(snapshot, policy.start()).plan();
    }

    /** Returns what a policy sees that does not count teams; requests keep theirs. */
    private static Snapshot withoutTeams(Snapshot snapshot) {
        return new Snapshot(
                snapshot.now(),
                snapshot.sequences(),
                snapshot.freeBlocks(),
                snapshot.limits(),
                snapshot.merge(),
                snapshot.adapters(),
                snapshot.loaded(),
                snapshot.outputs(),
                snapshot.slo(),
                snapshot.costs());
    }
}
