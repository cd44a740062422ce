package org.dlora.bench.profile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.RaggedBatch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.limits.CpuLimits;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
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
    void embeddingReadsTheRowsOfItsTokens() {
        var table = matrix(DType.BF16, 100, 64);

        var call = costs.of("embed", table, buffer(3, 64), new int[] {7, 7, 9});

        assertThat(call.label()).isEqualTo("embed");
        assertThat(call.cost()).isEqualTo(new Cost(3 * 64 * 2, 3 * 64 * 4, 0, 0));
    }

    @Test
    void normsReadAndWriteTheirRows() {
        var x = buffer(8, 64);

        assertThat(costs.of("rmsNorm", x, 5, x)).isEqualTo(norm(2 * 5 * 64));
        assertThat(costs.of("addRmsNorm", x, x, 5, x)).isEqualTo(norm(4 * 5 * 64));
        // 3 heads of 16 columns, from column 32 on.
        assertThat(costs.of("headNorm", x, 5, 32, 3, 16)).isEqualTo(norm(2 * 5 * 3 * 16));
    }

    private static OperationCosts.Call norm(int elements) {
        return new OperationCosts.Call("rmsNorm", Cost.ofActivations(4 * elements));
    }

    @Test
    void gatedUnitReadsTwoNumbersForEachThatItWrites() {
        assertThat(costs.of("siluMul", buffer(5, 96), 5, buffer(5, 48)).cost())
                .isEqualTo(Cost.ofActivations(3 * 5 * 48 * 4));
    }

    @Test
    void rotationChangesQueriesAndKeysButNotValues() {
        var shape = new AttentionShape(4, 2, 16, 1, 0);
        var batch = batch(new RaggedBatch.Chunk(0, 3, 10, new int[] {0}));

        assertThat(costs.of("rope", buffer(3, 128), shape, batch).cost())
                .isEqualTo(Cost.ofActivations(3 * (4 + 2) * 16 * 2 * 4));
    }

    @Test
    void keysAndValuesAreReadAsFloatsAndStoredInTheCachesType() {
        var shape = new AttentionShape(4, 2, 16, 1, 0);
        var cache = session.kvCache(new KvLayout(1, 2, 16, 4, DType.BF16));
        var batch = batch(new RaggedBatch.Chunk(0, 3, 10, new int[] {0}));

        assertThat(costs.of("writeKv", buffer(3, 128), shape, cache, 0, batch).cost())
                .isEqualTo(Cost.ofActivations(3 * 2 * 2 * 16 * (4 + 2)));
    }

    @Test
    void rowsOfLogitsAreCountedByTheirIndices() {
        var logits = buffer(8, 100);
        var two = Cost.ofActivations(2 * 2 * 100 * 4);

        assertThat(costs.of("gather", logits, buffer(8, 100), new int[] {1, 5}))
                .isEqualTo(new OperationCosts.Call("gather", two));
        assertThat(costs.of("argMax", logits, new int[] {0, 1}, new int[2]))
                .isEqualTo(new OperationCosts.Call("argmax", two));
        assertThat(costs.of("forEachRow", logits, new int[] {0, 1}))
                .isEqualTo(new OperationCosts.Call("sampling", two));
        assertThat(costs.of("read", logits, 3, new float[100]))
                .isEqualTo(new OperationCosts.Call("read logits", Cost.ofActivations(2 * 100 * 4)));
    }

    /** A one-hot row reads a column of A; B is read whole, by all rows together. */
    @Test
    void lowRankOnAnEmbeddingReadsColumnsOfA() {
        var term = new LoraTerm.LowRank(matrix(DType.F32, 16, 64), matrix(DType.F32, 32, 16), 0, 1);

        var call = costs.of("loraEmbed", List.of(new LoraGroup(0, 3, List.of(term))));

        assertThat(call.label()).isEqualTo("lora");
        assertThat(call.cost().bytes()).isEqualTo(4 * (3 * 16 + 32 * 16));
        assertThat(call.cost().flops()).isEqualTo(2 * 3 * 16 * 32);
    }

    @Test
    void otherTermsOfAnAdapterCountTheirOwnWeights() {
        var vector = session.vector(new float[32]);
        var own = matrix(DType.F32, 32, 64);

        assertThat(cost("lora", new LoraTerm.Shift(vector, 0)))
                .isEqualTo(new Cost(vector.bytes(), 2 * 3 * vector.bytes(), 3 * 32, 0));
        assertThat(cost("lora", new LoraTerm.Affine(vector, Optional.empty(), 0)))
                .isEqualTo(new Cost(vector.bytes(), 2 * 3 * vector.bytes(), 2 * 3 * 32, 0));
        assertThat(cost("lora", new LoraTerm.Replacement(own)))
                .isEqualTo(new Cost(4 * 32 * 64, 3 * (32 + 64) * 4, 2 * 3 * 32 * 64, 0));
        // A retrained embedding is a table of which only the tokens' rows are read.
        assertThat(cost("loraEmbed", new LoraTerm.Replacement(own)))
                .isEqualTo(new Cost(3 * 64 * 4, 3 * 64 * 4, 0, 0));
    }

    private Cost cost(String operation, LoraTerm term) {
        return costs.of(operation, List.of(new LoraGroup(0, 3, List.of(term)))).cost();
    }

    /** Rank 16: a weight takes 16 multiply-adds, and one for its sum with the base. */
    @Test
    void mergeReadsAndWritesItsRowsAndALossReadsThem() {
        var pristine = matrix(DType.BF16, 128, 64);
        var term =
                new LoraTerm.LowRank(matrix(DType.F32, 16, 64), matrix(DType.F32, 128, 16), 0, 1);
        var update = new WeightUpdate(pristine, List.of(term), false);

        assertThat(costs.of("merge", update, 64, 100, matrix(DType.BF16, 128, 64)).cost())
                .isEqualTo(new Cost(2 * 36 * 64 * 2, 0, 2 * 36 * 64 * 17, 0));
        assertThat(costs.of("mergeLoss", update, 0, 128).cost())
                .isEqualTo(new Cost(128 * 64 * 2, 0, 2 * 128 * 64 * 17, 0));
    }

    @Test
    void eachLayerHasAName() {
        var names =
                Map.of(
                        LinearSite.QKV, "qkv",
                        LinearSite.O, "o",
                        LinearSite.GATE_UP, "gate_up",
                        LinearSite.DOWN, "down",
                        LinearSite.EMBEDDING, "embedding",
                        LinearSite.OUTPUT, "lm_head");
        for (var site : LinearSite.values()) {
            var weight = matrix(DType.F32, 4, 4);
            sites.put(weight, site);
            assertThat(costs.of("linear", weight, buffer(1, 4), 1).label())
                    .isEqualTo("linear " + names.get(site));
        }
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
