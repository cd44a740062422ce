package org.dlora.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** How long a prompt waits for its first token beside others, in steps. */
class PrefillFairnessTest {
    private static final StepLimits LIMITS = new StepLimits(16, 64, 16);

    private final VirtualReplica replica =
            new VirtualReplica(new ArrivalOrderPolicy(), LIMITS, 10_000);

    @Test
    void aShortPromptDoesNotWaitForALongOneThatRuns() {
        long longOne = replica.arrive(4000, 10);
        replica.step();
        replica.step();
        long shortOne = replica.arrive(20, 10);
        replica.step();
        assertThat(replica.firstToken(shortOne)).isEqualTo(3);
        replica.runToTheEnd();
        // What the short one took is all that the long one lost.
        assertThat(replica.firstToken(longOne)).isBetween(4000 / 64, 4000 / 64 + 2);
    }

    @Test
    void aShortPromptDoesNotWaitForLongOnesThatWait() {
        for (int i = 0; i < 5; i++) {
            replica.arrive(1000, 10);
        }
        long shortOne = replica.arrive(30, 10);
        replica.step();
        assertThat(replica.firstToken(shortOne)).isEqualTo(1);
    }

    @Test
    void promptsOfOneLengthHaveTheirFirstTokensInTheOrderOfArrival() {
        var ids = new ArrayList<Long>();
        for (int i = 0; i < 10; i++) {
            ids.add(replica.arrive(100, 1));
        }
        replica.runToTheEnd();
        assertThat(ids.stream().map(replica::firstToken)).isSorted();
        assertThat(replica.steps()).isEqualTo(10 * 100 / 64 + 1);
    }

    @Property(tries = 100)
    void aLongPromptIsDoneInTimeWhateverComesAfterIt(@ForAll long seed) {
        var random = new Random(seed);
        var crowded = new VirtualReplica(new ArrivalOrderPolicy(), LIMITS, 10_000);
        int prompt = 200 + random.nextInt(2000);
        long longOne = crowded.arrive(prompt, 5);
        // Decodes take at most a row for each place but its own.
        int left = LIMITS.maxTokens() - (LIMITS.maxBatch() - 1);
        int bound = Math.ceilDiv(2 * prompt, left);
        while (crowded.firstToken(longOne) == 0) {
            for (int i = random.nextInt(4); i > 0; i--) {
                crowded.arrive(1 + random.nextInt(40), 1 + random.nextInt(20));
            }
            crowded.step();
            assertThat(crowded.steps()).isLessThanOrEqualTo(bound);
        }
    }

    @Test
    void admissionLeavesRoomToGrowSoThatLittleWorkIsLost() {
        var random = new Random(1);
        var small = new VirtualReplica(new ArrivalOrderPolicy(), new StepLimits(64, 512, 16), 64);
        int needed = 0;
        for (int i = 0; i < 200; i++) {
            int prompt = 16 + random.nextInt(185);
            int outputs = 16 + random.nextInt(185);
            small.arrive(prompt, outputs);
            needed += prompt + outputs - 1;
        }
        small.runToTheEnd();
        assertThat(small.preemptions()).isPositive();
        assertThat(small.rows()).isBetween(needed, needed * 5 / 4);
    }
}
