package org.dlora.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.dlora.cluster.ClusterTest.FakeReplica;
import org.dlora.cluster.requests.QueueFullException;
import org.dlora.cluster.requests.QueueLimits;
import org.dlora.cluster.requests.Submission;
import org.dlora.cluster.residency.AdapterMemory;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.replica.LargestRequest;
import org.dlora.replica.SchedulingSettings;
import org.dlora.replica.request.GenerationRequest;
import org.dlora.replica.request.HeldBytes;
import org.dlora.scheduling.dispatch.DispatchPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A queue full of the largest calls, in bytes of the heap. */
class LargestCallsTest {
    private static final int VOCABULARY = 50_000;
    private static final int PROMPT = 8_000;

    /** The eighth of a heap of 128 MB. */
    private static final long LIMIT = 16 << 20;

    private final CpuDevice device = new CpuDevice();
    private final FakeReplica replica = new FakeReplica("0", 10);
    private final AdapterMemory memory = TinyMemory.of(device, List.of(replica), List.of());
    private final ServedNames names = new ServedNames("base", List.of());
    private final Cluster cluster =
            new Cluster(
                    List.of(replica),
                    List.of(memory),
                    new QueueLimits(100_000, LIMIT),
                    names,
                    SchedulingSettings.DEFAULT,
                    DispatchPolicy.PREDICTED_FINISH.rule(),
                    List.of());

    @AfterEach
    void close() {
        replica.close();
        memory.close();
    }

    @ParameterizedTest
    @EnumSource
    void holdsNoMoreThanItsBound(LargestRequest kind) {
        long held = 0;
        int calls = 0;
        while (submit(kind.call("call" + calls, PROMPT, VOCABULARY))) {
            held += HeldBytes.of(kind.call("same", PROMPT, VOCABULARY));
            calls++;
        }
        assertThat(calls).isPositive();
        assertThat(held).isLessThanOrEqualTo(LIMIT);
        assertThat(cluster.unfinished()).isEqualTo(calls * LargestRequest.CHOICES);
    }

    private boolean submit(List<GenerationRequest> call) {
        var submissions = call.stream().map(request -> new Submission(request, _ -> {})).toList();
        try {
            cluster.submit(submissions);
            return true;
        } catch (QueueFullException _) {
            return false;
        }
    }
}
