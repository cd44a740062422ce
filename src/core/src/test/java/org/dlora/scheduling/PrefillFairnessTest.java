package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.dlora.scheduling.policy.ArrivalOrderPolicy;
import org.junit.jupiter.api.Test;

/** Tests of the steps that a prompt waits for its first token beside others. */
class PrefillFairnessTest {
    private static final StepLimits LIMITS = new StepLimits(16, 64, 16);

    private final SimulatedServer<Stateless> replica =
            new SimulatedServer<>(new ArrivalOrderPolicy(), LIMITS, 10_000, SyntheticCosts.CPU);

    @Test
    void aShortPromptDoesNotWaitForALongOneThatRuns() {
        var longOne = replica.submit("", 4000, 10);
        replica.step();
        replica.step();
        var shortOne = replica.submit("", 20, 10);
        replica.step();
        assertThat(shortOne.firstTokenStep).isEqualTo(3);
        replica.runToTheEnd();
        // The long prompt lost only the rows of the short one.
        assertThat(longOne.firstTokenStep).isBetween(4000 / 64, 4000 / 64 + 2);
    }

    @Test
    void aShortPromptDoesNotWaitForLongOnesThatWait() {
        for (int i = 0; i < 5; i++) {
            replica.submit("", 1000, 10);
        }
        var shortOne = replica.submit("", 30, 10);
        replica.step();
        assertThat(shortOne.firstTokenStep).isEqualTo(1);
    }

    @Test
    void promptsOfOneLengthHaveTheirFirstTokensInTheOrderOfArrival() {
        var requests = new ArrayList<ServedRequest>();
        for (int i = 0; i < 10; i++) {
            requests.add(replica.submit("", 100, 1));
        }
        replica.runToTheEnd();
        assertThat(requests.stream().map(one -> one.firstTokenStep)).isSorted();
        assertThat(replica.steps.size()).isEqualTo(10 * 100 / 64 + 1);
    }

    @Property(tries = 100)
    void aLongPromptIsDoneInTimeWhateverComesAfterIt(@ForAll long seed) {
        var random = new Random(seed);
        var crowded =
                new SimulatedServer<>(new ArrivalOrderPolicy(), LIMITS, 10_000, SyntheticCosts.CPU);
        int prompt = 200 + random.nextInt(2000);
        var longOne = crowded.submit("", prompt, 5);
        // Decodes take at most a row for each place but its own.
        int left = LIMITS.maxTokens() - (LIMITS.maxBatch() - 1);
        int bound = Math.ceilDiv(2 * prompt, left);
        while (longOne.firstTokenStep == 0) {
            for (int i = random.nextInt(4); i > 0; i--) {
                crowded.submit("", 1 + random.nextInt(40), 1 + random.nextInt(20));
            }
            crowded.step();
            assertThat(crowded.steps.size()).isLessThanOrEqualTo(bound);
        }
    }

    @Test
    void admissionLeavesRoomToGrowSoThatLittleWorkIsLost() {
        var random = new Random(1);
        var small =
                new SimulatedServer<>(
                        new ArrivalOrderPolicy(),
                        new StepLimits(64, 512, 16),
                        64,
                        SyntheticCosts.CPU);
        int needed = 0;
        for (int i = 0; i < 200; i++) {
            int prompt = 16 + random.nextInt(185);
            int outputs = 16 + random.nextInt(185);
            small.submit("", prompt, outputs);
            needed += prompt + outputs - 1;
        }
        small.runToTheEnd();
        assertThat(preemptions(small)).isPositive();
        assertThat(rows(small)).isBetween(needed, needed * 5 / 4);
    }

    private static int preemptions(SimulatedServer<?> server) {
        return server.steps.stream().mapToInt(s -> s.decision().plan().preempt().size()).sum();
    }

    /** Returns the rows run; what preemption lost counts each time. */
    private static int rows(SimulatedServer<?> server) {
        return server.steps.stream()
                .flatMap(s -> s.rows().values().stream())
                .mapToInt(rows -> rows)
                .sum();
    }
}
