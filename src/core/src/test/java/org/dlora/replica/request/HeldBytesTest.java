package org.dlora.replica.request;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.dlora.constraint.ConstraintDefinition;
import org.dlora.replica.stop.StopStrings;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;

class HeldBytesTest {
    private static final int[] PROMPT = new int[1000];

    private static GenerationRequest request(SamplingParams sampling, StopConditions stop) {
        return new GenerationRequest("r", AdapterRef.base(), PROMPT, sampling, stop, -1, -1, true);
    }

    @Test
    void choicesHoldWhatTheyShareOnce() {
        var stop = new StopConditions(9, 0, false, Set.of(1, 2, 3), List.of("abc"), false);
        var sampling =
                new SamplingParams(
                        1, 1, 0, 0, 0, 0, 1, Map.of(1, 2.0), Set.of(4, 5), OptionalLong.of(1));
        var regex = new ConstraintDefinition.Regex("a*");
        var call =
                IntStream.range(0, 128)
                        .mapToObj(i ->
                                request(sampling.withSeed(i), stop.atMost(8)).withConstraint(regex))
                        .toList();
        long shared =
                4 * PROMPT.length
                        + 4 * 3
                        + 4 * 2
                        + 12
                        + StopStrings.of(stop.stopStrings()).bytes()
                        + regex.bytes();
        assertThat(HeldBytes.of(call)).isEqualTo(128L * HeldBytes.SEQUENCE + shared);
    }

    @Test
    void callsOfTheirOwnHoldTheirOwn() {
        var one = request(SamplingParams.GREEDY, StopConditions.after(1));
        assertThat(HeldBytes.of(List.of(one)))
                .isEqualTo(HeldBytes.SEQUENCE + 4L * PROMPT.length + emptyStops());
        assertThat(HeldBytes.of(List.of())).isZero();
    }

    private static long emptyStops() {
        return StopStrings.of(List.of()).bytes();
    }
}
