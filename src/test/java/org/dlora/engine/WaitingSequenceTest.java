package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.dlora.AllocatedBytes;
import org.dlora.replica.GenerationRequest;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SamplingParams;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.StopConditions;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

/** Bytes that a waiting sequence takes on its replica's thread, beside what its call shares. */
class WaitingSequenceTest {
    private static final int CHOICES = 128;
    private static final int PROMPT = 2_000;
    private static final int BLOCKS = 200;

    /** Bytes of the structures that say that a sequence waits. */
    private static final int LEAST = 4_000;

    private static final List<String> STOPS =
            IntStream.range(0, StopConditions.MAX_STOP_STRINGS)
                    .mapToObj(
                            i -> (char) ('0' + i) + "a".repeat(StopConditions.MAX_STOP_LENGTH - 1))
                    .toList();

    @Test
    void theLargestParametersCostNoMoreThanNone() {
        var stop = new StopConditions(5, 0, false, Set.of(1, 2), STOPS, false);
        var sampling =
                new SamplingParams(
                        1, 1, 0, 0, 1, 1, 2, Map.of(3, 1.0), Set.of(4, 5), OptionalLong.of(1));
        var call = Requests.of("r", null, PROMPT, stop, sampling);
        long least = bytes(Requests.greedy("r", PROMPT, 5)) / CHOICES;
        long bytes = bytes(call) / CHOICES;
        assertThat(least).isBetween(100L, (long) LEAST);
        assertThat(bytes).isLessThan(2L * LEAST);
    }

    private static long bytes(GenerationRequest call) {
        submit(call); // So classes are loaded.
        return submit(call);
    }

    private static long submit(GenerationRequest call) {
        var settings =
                new ReplicaSettings(
                        "test", new StepLimits(4, 64, 16), BLOCKS, DType.F32, 3_000, true);
        var engine =
                new Engine(
                        settings,
                        new FakeModel(BLOCKS).serve(),
                        SchedulingSettings.DEFAULT,
                        new Observed());
        var requests =
                IntStream.range(0, CHOICES)
                        .mapToObj(i -> new ReplicaCommand.Submit(call.withId("r" + i)))
                        .toList();
        return AllocatedBytes.of(() -> requests.forEach(engine::apply));
    }
}
