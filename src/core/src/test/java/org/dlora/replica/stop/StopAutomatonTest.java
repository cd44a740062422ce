package org.dlora.replica.stop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.dlora.replica.request.StopConditions;
import org.junit.jupiter.api.Test;

class StopAutomatonTest {
    private static final List<String> LARGEST =
            IntStream.range(0, StopConditions.MAX_STOP_STRINGS)
                    .mapToObj(
                            i -> (char) ('0' + i) + "a".repeat(StopConditions.MAX_STOP_LENGTH - 1))
                    .toList();

    @Test
    void theLargestTakesTenBytesACharacter() {
        int characters = StopConditions.MAX_STOP_STRINGS * StopConditions.MAX_STOP_LENGTH;
        assertThat(new StopAutomaton(LARGEST).bytes()).isEqualTo(10L * (characters + 1));
    }

    @Test
    void conditionsCompileTheirStringsOnceForAllCopies() {
        var conditions = StopConditions.after(100);
        assertThat(conditions.stopStrings()).isSameAs(StopConditions.after(1).stopStrings());
        var stopped = new StopConditions(100, 0, false, conditions.stopTokens(), LARGEST, false);
        var copy = stopped.atMost(5);
        assertThat(copy.stopStrings()).isSameAs(stopped.stopStrings()).isEqualTo(LARGEST);
        assertThat(StopStrings.of(copy.stopStrings())).isSameAs(stopped.stopStrings());
    }
}
