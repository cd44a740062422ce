package org.dlora.scheduling.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/** Properties of every choice of a replica. */
class DispatchPropertiesTest {
    private static final DispatchSettings SETTINGS = new DispatchSettings(0.5);

    @Property(tries = 2000, seed = "59")
    void choiceHasTheLeastScoreOfAllThatCanServe(@ForAll long seed) {
        var random = new RandomOutlooks(seed);
        var replicas = random.replicas();
        var decision = new FinishDispatch(SETTINGS).choose(random.request(), replicas);
        assertThat(decision.prospects()).hasSameSizeAs(replicas);
        var chosen = decision.chosen();
        double least = chosen == null ? Double.NaN : chosen.score(SETTINGS);
        for (var prospect : decision.prospects()) {
            if (prospect.refused() == null) {
                assertThat(prospect.score(SETTINGS)).isFinite().isGreaterThanOrEqualTo(least);
            } else {
                assertThat(prospect).isNotEqualTo(chosen);
            }
        }
        assertThat(decision.reasons()).hasSameSizeAs(replicas);
        Statistics.label("chosen").collect(decision.replica().isPresent());
    }

    @Property(tries = 2000, seed = "59")
    void noOrderOfTheReplicasChangesTheChoice(@ForAll long seed) {
        var random = new RandomOutlooks(seed);
        var replicas = random.replicas();
        var request = random.request();
        var dispatch = new FinishDispatch(SETTINGS);
        assertThat(dispatch.choose(request, replicas.reversed()).replica())
                .isEqualTo(dispatch.choose(request, replicas).replica());
    }

    @Property(tries = 4000, seed = "59")
    void moreLoadMakesNoUnmergedReplicaLookBetter(@ForAll long seed) {
        var random = new RandomOutlooks(seed);
        var replicas = new ArrayList<>(random.replicas());
        var request = random.request();
        var dispatch = new FinishDispatch(SETTINGS);
        var before = dispatch.choose(request, replicas);
        for (int i = 0; i < replicas.size(); i++) {
            var busier = dispatch.choose(request, List.of(random.busier(replicas.get(i))));
            boolean isUnmerged = replicas.get(i).merged() == null;
            if (isUnmerged && before.prospects().get(i).refused() == null) {
                assertThat(busier.prospects().getFirst().score(SETTINGS))
                        .isGreaterThanOrEqualTo(
                                before.prospects().get(i).score(SETTINGS) * (1 - 1e-12));
            }
        }
    }

    @Property(tries = 2000, seed = "59")
    void loadOnTheChosenReplicaKeepsTheChoiceOrMovesItToTheSecondBest(@ForAll long seed) {
        var random = new RandomOutlooks(seed);
        var replicas = new ArrayList<>(random.replicas());
        var request = random.request();
        var dispatch = new FinishDispatch(SETTINGS);
        var chosen = dispatch.choose(request, replicas).replica();
        if (chosen.isEmpty()) {
            return;
        }
        int index = replicas.stream().map(one -> one.load().id()).toList().indexOf(chosen.get());
        var others = new ArrayList<>(replicas);
        others.remove(index);
        var second = dispatch.choose(request, others).replica();
        replicas.set(index, random.busier(replicas.get(index)));
        var now = dispatch.choose(request, replicas).replica();
        assertThat(now).isIn(chosen, second);
        Statistics.label("moved").collect(!now.equals(chosen));
    }
}
