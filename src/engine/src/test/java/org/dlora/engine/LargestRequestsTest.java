package org.dlora.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.dlora.replica.LargestRequest;
import org.dlora.replica.ReplicaCommand;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.SequenceState;
import org.dlora.replica.request.HeldBytes;
import org.dlora.scheduling.StepLimits;
import org.dlora.tensor.DType;
import org.dlora.testing.AllocatedBytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tests of the bytes that a replica's thread allocates for the largest requests: work that grows
 * with their parameters would show there.
 */
class LargestRequestsTest {
    private static final int PROMPT = 2_000;
    private static final int BLOCKS = 200;
    private static final int VOCABULARY = new FakeModel(1).vocabSize();

    /**
     * Half of what the queue counts for a sequence; the other half is for the rest of the server.
     */
    private static final long MOST = HeldBytes.SEQUENCE / 2;

    @ParameterizedTest
    @EnumSource
    void largestRequestsInAQueueTakeAFewKilobytesEach(LargestRequest kind) {
        var engine = engine();
        submit(engine, kind, "warm");
        long bytes = 0;
        for (int call = 0; call < 8; call++) {
            bytes += submit(engine, kind, "call" + call);
        }
        assertThat(bytes / 8 / LargestRequest.CHOICES).isLessThan(MOST);
        assertThat(engine.status().load().waiting()).isEqualTo(9 * LargestRequest.CHOICES);
    }

    @ParameterizedTest
    @EnumSource
    void movedLargestRequestsTakeNoMore(LargestRequest kind) {
        var engine = engine();
        move(engine, kind, "warm");
        assertThat(move(engine, kind, "moved") / LargestRequest.CHOICES).isLessThan(MOST);
        assertThat(engine.status().load().waiting()).isEqualTo(2 * LargestRequest.CHOICES);
    }

    private static long submit(Engine engine, LargestRequest kind, String id) {
        var commands =
                kind.call(id, PROMPT, VOCABULARY).stream().map(ReplicaCommand.Submit::new).toList();
        return AllocatedBytes.of(() -> commands.forEach(engine::apply));
    }

    private static long move(Engine engine, LargestRequest kind, String id) {
        var commands =
                kind.call(id, PROMPT, VOCABULARY).stream()
                        .map(request ->
                                new ReplicaCommand.Import(SequenceState.of(request), 1, false))
                        .toList();
        return AllocatedBytes.of(() -> commands.forEach(engine::apply));
    }

    private static Engine engine() {
        var settings =
                new ReplicaSettings(
                        "test", new StepLimits(4, 64, 16), BLOCKS, DType.F32, 3_000, true);
        return new Engine(
                settings,
                new FakeModel(BLOCKS).serve(),
                SchedulingSettings.DEFAULT,
                new Observed());
    }
}
