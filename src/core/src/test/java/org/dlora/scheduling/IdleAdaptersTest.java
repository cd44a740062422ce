package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.AbstractSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.scheduling.policy.PolicyKind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tests of the costs of loaded adapters without requests. */
class IdleAdaptersTest {
    /** Counts how often somebody goes through it. */
    private static final class Counted extends AbstractSet<AdapterRef> {
        private final Set<AdapterRef> set;
        private int iterations;

        Counted(Set<AdapterRef> set) {
            this.set = set;
        }

        @Override
        public Iterator<AdapterRef> iterator() {
            iterations++;
            return set.iterator();
        }

        @Override
        public boolean contains(Object adapter) {
            return set.contains(adapter);
        }

        @Override
        public int size() {
            return set.size();
        }
    }

    @ParameterizedTest
    @EnumSource
    void onlyTheFirstDecisionIteratesTheIdleAdapters(PolicyKind kind) {
        var loaded =
                new Counted(
                        IntStream.range(0, 1000)
                                .mapToObj(i -> AdapterRef.of("adapter-" + i))
                                .collect(Collectors.toSet()));
        decideSomeSteps(kind.create(), loaded);
    }

    private static <S> void decideSomeSteps(Policy<S> policy, Counted loaded) {
        var state = policy.decide(snapshot(0, loaded), policy.start()).next();
        int before = loaded.iterations;
        for (int step = 1; step < 10; step++) {
            state = policy.decide(snapshot(step, loaded), state).next();
        }
        assertThat(loaded.iterations).isEqualTo(before);
    }

    private static Snapshot snapshot(double now, Set<AdapterRef> loaded) {
        var lora = new LoraFacts(16, 1_000_000, 200_000_000, 3_200_000_000L);
        var view =
                new AdapterView(
                        AdapterRef.of("adapter-7"),
                        lora,
                        MergeRules.FREE,
                        1,
                        new Backlog(2, 1, 20),
                        OutputLengths.NONE);
        return new Snapshot(
                now,
                List.of(
                        new SequenceView(1, view.id(), 1, 20, 19, 2),
                        new SequenceView(2, view.id(), 2, 20, 0, 0)),
                100,
                new StepLimits(4, 64, 16),
                MergeView.UNMERGED,
                List.of(view),
                loaded,
                OutputLengths.NONE,
                SloLimits.NONE,
                SyntheticCosts.CPU);
    }
}
