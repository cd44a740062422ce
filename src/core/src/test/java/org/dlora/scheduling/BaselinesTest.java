package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.dlora.scheduling.credit.CreditPolicy;
import org.dlora.scheduling.credit.CreditState;
import org.dlora.scheduling.policy.OldestAdapterPolicy;
import org.junit.jupiter.api.Test;

/** The paper's policies on a replica whose merges take time. */
class BaselinesTest {
    private static final StepLimits LIMITS = new StepLimits(4, 64, 16);

    @Test
    void mergedRunsOneAdapterAtATimeUnmergedUntilItIsBuilt() {
        var server = server(new OldestAdapterPolicy());
        server.submit("a", 10, 200);
        server.submit("b", 10, 200);
        server.submit("", 10, 5);
        server.submit("fixed", 10, 5);
        server.runToTheEnd();
        assertThat(server.steps).allMatch(s -> s.rows().size() == 1);
        assertThat(server.steps.getFirst().decision().plan().mode()).isEqualTo(Mode.unmerged());
        assertThat(modes(server))
                .containsExactlyInAnyOrder(Mode.unmerged(), Mode.merged("a"), Mode.merged("b"));
    }

    @Test
    void creditsMoveFromServedToWaitingAdapters() {
        var server = server(new CreditPolicy());
        for (int i = 0; i < 20; i++) {
            server.submit("a", 10, 60);
        }
        server.submit("b", 10, 60);
        server.runToTheEnd();
        assertThat(modes(server)).contains(Mode.merged("a"));
        var credits = credits(server);
        // Four: the base, a, b and fixed.
        assertThat(credits).containsEntry("", 3e4).containsOnlyKeys("", "a", "b", "fixed");
        assertThat(credits.getOrDefault("a", 0.0)).isLessThanOrEqualTo(3e4);
        assertThat(credits.values().stream().mapToDouble(c -> c).sum()).isEqualTo(12e4);
    }

    @Test
    void anAdapterThatComesLaterStartsWhereOthersDid() {
        var server = server(new CreditPolicy());
        server.submit("a", 10, 5);
        server.runToTheEnd();
        server.add(RandomAdapters.adapter("late"));
        server.submit("late", 10, 5);
        server.runToTheEnd();
        assertThat(credits(server)).containsEntry("late", 4e4).containsEntry("", 4e4);
        assertThat(server.state().starving()).isEmpty();
    }

    @Test
    void noBaselineMergesAnAdapterOfARequestForExactWeights() {
        for (var policy : Set.of(new OldestAdapterPolicy(), new CreditPolicy())) {
            var server = server(policy);
            // Runs in each step until the others have ended.
            server.submit("a", 10, 200, true);
            for (int i = 0; i < 11; i++) {
                server.submit("a", 10, 40);
            }
            server.runToTheEnd();
            assertThat(modes(server)).containsExactly(Mode.unmerged());
        }
    }

    @Test
    void bothPoliciesSayWhyAnAdapterIsNotMerged() {
        for (var policy : Set.of(new OldestAdapterPolicy(), new CreditPolicy())) {
            var server = server(policy);
            server.submit("fixed", 10, 5);
            server.submit("fixed", 10, 5);
            server.submit("a", 10, 5);
            server.step();
            assertThat(server.steps.getLast().decision().explanation().why())
                    .contains("'fixed' cannot be merged: retrained modules");
        }
    }

    /** Credits by the adapter's id; the base model's id is empty. */
    private static Map<String, Double> credits(SimulatedServer<CreditState> server) {
        var credits = new HashMap<String, Double>();
        server.state()
                .credits()
                .forEach((adapter, credit) ->
                        credits.put(adapter.isBase() ? "" : adapter.toString(), credit));
        return credits;
    }

    private static Set<Mode> modes(SimulatedServer<?> server) {
        return server.steps.stream()
                .map(s -> s.decision().plan().mode())
                .collect(Collectors.toSet());
    }

    private static <S> SimulatedServer<S> server(Policy<S> policy) {
        var server = new SimulatedServer<>(policy, LIMITS, 400, SyntheticCosts.CPU);
        server.add(RandomAdapters.adapter("a"));
        server.add(RandomAdapters.adapter("b"));
        server.add(RandomAdapters.adapter("fixed", 16, MergeRules.never("retrained modules")));
        return server;
    }
}
