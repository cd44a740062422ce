package org.dlora.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dlora.AllocatedBytes;
import org.dlora.replica.GenerationRequest;
import org.dlora.replica.SamplingParams;
import org.dlora.replica.StopConditions;
import org.dlora.scheduling.AdapterRef;
import org.junit.jupiter.api.Test;

/** Parameters that name the whole vocabulary. */
class SharedParametersTest {
    private static final int VOCABULARY = 50_000;
    private static final Set<Integer> ALL =
            IntStream.range(0, VOCABULARY).boxed().collect(Collectors.toSet());
    private static final Map<Integer, Double> BIAS =
            ALL.stream().collect(Collectors.toMap(token -> token, token -> 1.0));

    private static GenerationRequest request() {
        var stop = new StopConditions(5, 0, false, ALL, List.of(), false);
        var sampling = new SamplingParams(1, 1, 0, 0, 1, 1, 2, BIAS, ALL, OptionalLong.of(1));
        int[] prompt = IntStream.range(0, VOCABULARY).toArray();
        return new GenerationRequest("r", AdapterRef.base(), prompt, sampling, stop, -1, -1, true);
    }

    @Test
    void areHeldOnceForAllSequencesOfACall() {
        var request = request();
        var warm = new SamplingState(request, Set.of(1, 2));
        assertThat(warm.mayCome(3)).isTrue();
        assertThat(AllocatedBytes.of(() -> new SamplingState(request, Set.of(1, 2))))
                .isLessThan(2_000);
    }

    @Test
    void areNotCopiedForAnotherSeed() {
        var sampling = request().sampling();
        var other = sampling.withSeed(1);
        assertThat(AllocatedBytes.of(() -> sampling.withSeed(2))).isLessThan(200);
        assertThat(other).isEqualTo(sampling);
    }
}
