package org.dlora.bench.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.Numbers;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Session;
import org.dlora.device.WeightMatrix;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.limits.CpuLimits;
import org.dlora.model.LinearSite;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OperationCostsTest {
    private final Session session = new Session(new CpuDevice(), 1);
    private final IdentityHashMap<WeightMatrix, LinearSite> sites = new IdentityHashMap<>();
    private final OperationCosts costs = new OperationCosts(sites);

    @AfterEach
    void free() {
        session.close();
    }

    @Test
    void linearLayerReadsWeightsOncePerCall() {
        var weight = matrix(DType.F32, 32, 64);
        sites.put(weight, LinearSite.GATE_UP);

        var call = costs.of("linear", weight, Optional.empty(), buffer(5, 64), 5, buffer(5, 32));

        assertThat(call.label()).isEqualTo("linear gate_up");
        assertThat(call.cost())
                .isEqualTo(new Cost(4 * 32 * 64, 5 * (32 + 64) * 4, 2 * 5 * 32 * 64, 0));
    }

    @Test
    void bfloat16ProductsCountAsDotFlops() {
        var weight = matrix(DType.BF16, 32, 64);

        var cost = costs.of("linear", weight, Optional.empty(), buffer(5, 64), 5).cost();

        assertThat(cost.flops()).isZero();
        assertThat(cost.dotFlops()).isEqualTo(2 * 5 * 32 * 64);
    }

    @Test
    void unknownOperationCountsTheWeightsItTakes() {
        var weight = matrix(DType.F32, 32, 64);
        sites.put(weight, LinearSite.O);

        var call = costs.of("linearWithResidual", weight, buffer(3, 64), 3, buffer(3, 32));

        assertThat(call.label()).isEqualTo("linearWithResidual o");
        assertThat(call.cost().flops()).isEqualTo(2 * 3 * 32 * 64);
        assertThat(costs.of("argmax", buffer(3, 64)))
                .isEqualTo(new OperationCosts.Call("argmax", Cost.NONE));
    }

    @Test
    void loraReadsEachPresentAdapterOnce() {
        var small =
                new LoraTerm.LowRank(matrix(DType.F32, 16, 64), matrix(DType.F32, 32, 16), 0, 1);
        var large =
                new LoraTerm.LowRank(matrix(DType.F32, 32, 64), matrix(DType.F32, 32, 32), 0, 1);
        var groups =
                List.of(new LoraGroup(0, 2, List.of(small)), new LoraGroup(2, 7, List.of(large)));

        var cost = costs.of("lora", groups, buffer(9, 64), buffer(9, 32)).cost();

        assertThat(cost.bytes()).isEqualTo(4 * (16 + 32) * (64 + 32));
        assertThat(cost.flops()).isEqualTo(2 * (2 * 16 + 7 * 32) * (64 + 32));
    }

    @Test
    void attentionReadsTheContextOncePerSequence() {
        var shape = new AttentionShape(4, 2, 16, 1, 0);
        var cache = session.kvCache(new KvLayout(1, 2, 16, 4, DType.BF16));
        var batch = batch(new RaggedBatch.Chunk(0, 3, 10, new int[] {0}));

        var cost = costs.of("attention", buffer(3, 128), batch, shape, cache, 0).cost();

        assertThat(cost.bytes()).isEqualTo(13 * 2 * 2 * 16 * 2);
        assertThat(cost.flops()).isZero();
        assertThat(cost.dotFlops()).isEqualTo((11 + 12 + 13) * 4 * 4 * 16);
    }

    @Test
    void attentionReadsOnlyTheWindow() {
        var shape = new AttentionShape(4, 2, 16, 1, 8);
        var cache = session.kvCache(new KvLayout(1, 2, 16, 4, DType.F32));
        var batch = batch(new RaggedBatch.Chunk(0, 3, 10, new int[] {0}));

        var cost = costs.of("attention", buffer(3, 128), batch, shape, cache, 0).cost();

        assertThat(cost.bytes()).isEqualTo((8 + 2) * 2 * 2 * 16 * 4);
        assertThat(cost.flops()).isEqualTo(3 * 8 * 4 * 4 * 16);
    }

    @Test
    void limitIsTheLongerOfMovingAndComputing() {
        var roofline = new Roofline(100, 1000, 2000);

        assertThat(roofline.seconds(new Cost(300, 1e9, 1000, 0))).isEqualTo(3);
        assertThat(roofline.seconds(new Cost(300, 0, 2000, 4000))).isEqualTo(4);
    }

    @Test
    void roundUsesTheMeanOfTheLimitsAroundIt() {
        var before = new CpuLimits(2, 40, 60, 100, OptionalDouble.of(300));
        var after = new CpuLimits(2, 40, 20, 200, OptionalDouble.of(300));

        assertThat(Roofline.between(before, after)).isEqualTo(new Roofline(50, 150, 300));
    }

    private WeightMatrix matrix(DType dtype, int rows, int columns) {
        return session.matrix(dtype, new Numbers(1).tensor(DType.F32, rows, columns));
    }

    private Activations buffer(int rows, int width) {
        return session.buffer(rows, width);
    }

    private static RaggedBatch batch(RaggedBatch.Chunk chunk) {
        int[] positions =
                IntStream.range(0, chunk.rows()).map(i -> chunk.firstPosition() + i).toArray();
        return new RaggedBatch(new int[chunk.rows()], positions, List.of(chunk));
    }
}
