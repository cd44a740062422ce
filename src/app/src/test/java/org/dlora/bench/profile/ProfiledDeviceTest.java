package org.dlora.bench.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.model.LinearSite;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A device that is timed computes the same, and each of its operations counts once. */
class ProfiledDeviceTest {
    private final CpuDevice device = new CpuDevice();
    private final StepRecorder recorder = new StepRecorder();
    private final IdentityHashMap<WeightMatrix, LinearSite> sites = new IdentityHashMap<>();
    private final Session session =
            new Session(ProfiledDevice.of(device, new OperationCosts(sites), recorder), 1);

    private final Numbers numbers = new Numbers(1);
    private final WeightMatrix table = matrix(8, 4);
    private final WeightMatrix weight = matrix(6, 4);
    private final LoraTerm term = new LoraTerm.LowRank(matrix(2, 4), matrix(6, 2), 0, 1);
    private final RaggedBatch batch =
            new RaggedBatch(new int[] {3, 5, 7}, new int[] {0, 1, 2}, List.of());

    @AfterEach
    void free() {
        session.close();
        assertThat(device.bytes()).isZero();
        device.close();
    }

    private WeightMatrix matrix(int rows, int columns) {
        return session.matrix(DType.F32, numbers.tensor(DType.F32, rows, columns));
    }

    @Test
    void operationsOfAStepCountWithItsRows() {
        sites.put(weight, LinearSite.O);
        var x = session.buffer(3, 4);
        var y = session.buffer(3, 6);
        recorder.start(3);
        try (var step =
                begin(new LoraBatch(List.of(List.of(new LoraGroup(1, 2, List.of(term))))))) {
            step.embed(table, x);
            session.operations.linear(weight, Optional.empty(), x, 3, y);
            step.lora(0, x, y);
            step.lora(1, x, y); // No row has terms there.
            step.gather(y, session.buffer(2, 6));
        }
        begin(LoraBatch.NONE).close();

        var operations = operations();
        assertThat(operations.keySet())
                .containsExactly("begin", "embed", "linear o", "lora", "gather");
        assertThat(operations.values()).allMatch(tally -> tally.calls() == 1);
        assertThat(cost("embed")).isEqualTo(new Cost(3 * 4 * 4, 3 * 4 * 4, 0, 0));
        assertThat(cost("linear o").flops()).isEqualTo(2 * 3 * 6 * 4);
        assertThat(cost("lora").flops()).isEqualTo(2 * 2 * 2 * (4 + 6));
        assertThat(cost("gather")).isEqualTo(Cost.ofActivations(2 * 2 * 6 * 4));
    }

    @Test
    void resultsAreThoseOfTheDevice() {
        var x = session.upload(new float[][] {{1, 2, 3, 4}}, 4);
        var y = session.buffer(1, 6);
        session.operations.linear(weight, Optional.empty(), x, 1, y);

        try (var plain = new Session(device, 1)) {
            var same = plain.buffer(1, 6);
            plain.operations.linear(
                    weight,
                    Optional.empty(),
                    plain.upload(new float[][] {{1, 2, 3, 4}}, 4),
                    1,
                    same);
            assertThat(session.download(y)).isDeepEqualTo(plain.download(same));
        }
    }

    @Test
    void errorsOfTheDeviceArriveAsTheyAre() {
        recorder.start(3);
        begin(LoraBatch.NONE).close();
        assertThatThrownBy(() -> session.embed(table, new int[] {8}, session.buffer(1, 4)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("token 8: there are 8");
    }

    private Step begin(LoraBatch lora) {
        return session.operations.begin(batch, new int[] {0, 2}, lora, new StepEpoch(batch, 0));
    }

    private Map<String, Tally> operations() {
        return recorder.round(new Roofline(1, 1, 1)).steps().getFirst().operations();
    }

    private Cost cost(String operation) {
        var tally = operations().get(operation);
        return tally == null ? Cost.NONE : tally.cost();
    }
}
