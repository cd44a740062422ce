package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import org.dlora.scheduling.credit.CreditPolicy;
import org.dlora.scheduling.fair.DloraPolicy;
import org.dlora.scheduling.fair.DloraSettings;
import org.dlora.scheduling.policy.ArrivalOrderPolicy;
import org.dlora.scheduling.policy.OldestAdapterPolicy;

/** Properties of every policy, whatever arrives and however little memory there is. */
class PoliciesTest {

    @Property(tries = 150)
    void everyPlanKeepsTheRulesAndEveryRequestEnds(
            @ForAll("policies") Policy<?> policy, @ForAll long seed) {
        run(policy, new Random(seed));
    }

    @Provide
    static Arbitrary<Policy<?>> policies() {
        return Arbitraries.of(
                List.of(
                        new ArrivalOrderPolicy(),
                        new OldestAdapterPolicy(),
                        new CreditPolicy(),
                        new DloraPolicy(DloraSettings.DEFAULT),
                        new DloraPolicy(new DloraSettings(1, 2, 0, 0.05, 0))));
    }

    private static <S> void run(Policy<S> policy, Random random) {
        var limits = new StepLimits(1 + random.nextInt(8), 1 + random.nextInt(60), 16);
        int blocks = 6 + random.nextInt(20);
        var costs = new SyntheticCosts(0.01, 0.001, 0.001, 1e-9 * random.nextInt(3), 0.1);
        var server = new SimulatedServer<>(policy, limits, blocks, costs);
        int adapters = 1 + random.nextInt(5);
        for (int i = 0; i < adapters; i++) {
            server.add(RandomAdapters.adapter("adapter-" + i, random));
        }
        for (int toArrive = 40; toArrive > 0 || !server.isIdle(); ) {
            while (toArrive > 0 && (server.isIdle() || random.nextInt(4) == 0)) {
                int adapter = (int) ((adapters + 1) * Math.pow(random.nextDouble(), 2));
                int prompt = 1 + random.nextInt(60);
                server.submit(
                        adapter == adapters ? "" : "adapter-" + adapter,
                        prompt,
                        1 + random.nextInt(90 - prompt),
                        random.nextInt(30) == 0);
                toArrive--;
            }
            server.step();
            assertThat(server.steps.size()).isLessThan(40 * 90 * 10);
        }
        assertThat(server.finished).hasSize(40);
        Statistics.label(policy.name() + " ran merged")
                .collect(
                        server.steps.stream()
                                .anyMatch(s -> s.decision().plan().mode() instanceof Mode.Merged));
    }
}
