package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.RaggedBatch;
import org.dlora.device.StepEpoch;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Terms in one call have the bits of shrinks and expands by the products in C. */
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class NativeLoraTest {
    private static final int GROUPS = 5;

    private interface Terms {
        List<LoraTerm> of(Session session, int group);
    }

    @Property(tries = 60)
    void hasTheBitsOfShrinkAndExpand(
            @ForAll @IntRange(min = 1, max = 300) int n,
            @ForAll @IntRange(min = 1, max = 300) int k,
            @ForAll @IntRange(min = 1, max = 80) int rank,
            @ForAll @IntRange(min = 1, max = 60) int rows) {
        isTheSame(n, k, rows, (session, group) -> List.of(lowRank(session, n, k, rank + group, 0)));
    }

    @Test
    void keepsTheOrderOfTermsWithTheSameOutputs() {
        isTheSame(
                160,
                64,
                30,
                (session, _) ->
                        List.of(
                                lowRank(session, 100, 64, 8, 0),
                                lowRank(session, 100, 64, 16, 60),
                                lowRank(session, 60, 64, 32, 40)));
    }

    /** Small terms go side by side, so ranks and numbers of rows are mixed. */
    @Property(tries = 60)
    void hasTheSameBitsForTermsOfMixedRanksAndOutputs(
            @ForAll @IntRange(min = 1, max = 200) int n,
            @ForAll @IntRange(min = 1, max = 200) int k,
            @ForAll @IntRange(min = 1, max = 40) int rank,
            @ForAll @IntRange(min = 1, max = 20) int rows) {
        isTheSame(
                2 * n,
                k,
                rows,
                (session, group) ->
                        IntStream.rangeClosed(0, group)
                                .<LoraTerm>mapToObj(i ->
                                        lowRank(session, n, k, 1 + (rank + 13 * i) % 50, i % 2 * n))
                                .toList());
    }

    @Test
    void termsThatAreNotPlainGoToTheOtherKernels() {
        isTheSame(
                100,
                64,
                30,
                (session, group) -> {
                    var vector = Optional.of(session.vector(new Numbers(group).rows(1, 100)[0]));
                    var plain = lowRank(session, 100, 64, 16, 0);
                    return switch (group) {
                        case 0 -> List.of(plain);
                        case 1 -> List.of(plain, new LoraTerm.Shift(vector.get(), 0));
                        case 2 -> List.of(plain, new LoraTerm.Affine(vector.get(), vector, 0));
                        case 3 ->
                                List.of(new LowRank(plain.a(), plain.b(), 0, 0.5f, vector, vector));
                        default -> List.of(lowRank(session, 100, 64, 300, 0));
                    };
                });
    }

    @Test
    void cutsWideRows() {
        isTheSame(40, 40_000, 7, (session, _) -> List.of(lowRank(session, 40, 40_000, 8, 0)));
    }

    @Test
    void knowsGroupsAgain() {
        try (var session = new Session(new CpuDevice(CpuDevice.Native.AUTO), 2)) {
            var x = session.upload(new Numbers(1).rows(4, 64), 64);
            var y = session.upload(new float[4][40], 40);
            var twice = session.upload(new float[4][40], 40);
            var groups =
                    List.of(
                            new LoraGroup(0, 1, List.of(lowRank(session, 40, 64, 8, 0))),
                            new LoraGroup(2, 2, List.of(lowRank(session, 20, 64, 16, 20))));
            var fewer = List.of(groups.getFirst());
            session.lora(groups, x, y);
            session.lora(groups, x, twice);
            assertThat(session.download(twice)).isDeepEqualTo(session.download(y));
            var one = session.upload(new float[4][40], 40);
            session.lora(fewer, x, one);
            assertThat(session.download(one)[0]).isEqualTo(session.download(y)[0]);
            assertThat(session.download(one)[2]).containsOnly(0);
        }
    }

    @Test
    void describesGroupsAnewAfterItsMemoryWasFull() {
        try (var session = new Session(new CpuDevice(CpuDevice.Native.AUTO), 2)) {
            int layers = 4;
            int rows = 40_000; // A description takes 40 bytes, all together 4 MB at most.
            var x = session.upload(new Numbers(1).rows(rows, 2), 2);
            var lists = new ArrayList<List<LoraGroup>>();
            for (int layer = 0; layer < layers; layer++) {
                List<LoraTerm> terms = List.of(lowRank(session, 1, 2, 1 + layer, 0));
                lists.add(
                        IntStream.range(0, rows)
                                .mapToObj(row -> new LoraGroup(row, 1, terms))
                                .toList());
            }
            var batch = new RaggedBatch(new int[0], new int[0], List.of());
            var lora = new LoraBatch(lists);
            var results = new ArrayList<float[][]>();
            for (int i = 0; i < 2; i++) {
                try (var step =
                        session.operations.begin(batch, new int[0], lora, new StepEpoch(this, 0))) {
                    for (int layer = 0; layer < layers; layer++) {
                        var y = session.buffer(rows, 1);
                        step.lora(layer, x, y);
                        results.add(session.download(y));
                    }
                }
            }
            for (int layer = 0; layer < layers; layer++) {
                assertThat(results.get(layer)).isDeepEqualTo(results.get(layers + layer));
                assertThat(results.get(layer)[rows - 1][0]).isNotZero();
            }
        }
    }

    @Test
    void goesOnWithGroupsItKnowsWhenOtherMatricesAreFreed() {
        try (var session = new Session(new CpuDevice(CpuDevice.Native.AUTO), 2)) {
            var other = session.matrix(DType.BF16, new Numbers(1).tensor(DType.F32, 8, 8));
            var groups = List.of(new LoraGroup(0, 4, List.of(lowRank(session, 40, 64, 8, 0))));
            var x = session.upload(new Numbers(1).rows(4, 64), 64);
            var y = session.upload(new float[4][40], 40);
            var again = session.upload(new float[4][40], 40);
            session.lora(groups, x, y);
            other.close();
            session.lora(groups, x, again);
            assertThat(session.download(again)).isDeepEqualTo(session.download(y));
        }
    }

    @Test
    void refusesGroupsItKnowsWhereTheyDoNotFitAnyMore() {
        try (var session = new Session(new CpuDevice(CpuDevice.Native.AUTO), 2)) {
            var term = lowRank(session, 40, 64, 8, 0);
            var groups = List.of(new LoraGroup(3, 1, List.of(term)));
            var x = session.buffer(4, 64);
            var y = session.buffer(4, 40);
            session.lora(groups, x, y);
            assertThatThrownBy(() -> session.lora(groups, x, session.buffer(3, 40)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("rows 3 to 4");
            assertThatThrownBy(() -> session.lora(groups, x, session.buffer(4, 39)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("width 39");
            term.b().close();
            assertThatThrownBy(() -> session.lora(groups, x, y))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("the memory was freed");
        }
    }

    private static LowRank lowRank(Session session, int n, int k, int rank, int firstOutput) {
        return new LowRank(
                session.matrix(DType.BF16, new Numbers(rank).tensor(DType.F32, rank, k)),
                session.matrix(DType.BF16, new Numbers(k).tensor(DType.F32, n, rank)),
                firstOutput,
                0.5f);
    }

    /** {@code GROUPS} groups with a row of the base behind each, by teams of one to three. */
    private static void isTheSame(int n, int k, int rows, Terms terms) {
        Stream.of(KernelFamily.AVX512_BF16, KernelFamily.AMX, KernelFamily.AMX_EMULATED)
                .filter(family -> KernelChoice.missing(family).isEmpty())
                .forEach(family -> isTheSame(KernelChoice.of(family), n, k, rows, terms));
    }

    private static void isTheSame(KernelChoice choice, int n, int k, int rows, Terms terms) {
        var apart =
                new KernelChoice(
                        choice.family(),
                        choice.kernels(),
                        choice.linear(),
                        choice.rows(),
                        choice.attention(),
                        Optional.empty(),
                        choice.merges(),
                        Optional.empty());
        float[][] expected = run(apart, 1, n, k, rows, terms);
        for (int threads = 1; threads <= 3; threads++) {
            assertThat(run(choice, threads, n, k, rows, terms)).isDeepEqualTo(expected);
        }
    }

    private static float[][] run(
            KernelChoice choice, int threads, int n, int k, int rows, Terms terms) {
        try (var session = new Session(new CpuDevice(choice), threads)) {
            var groups = new ArrayList<LoraGroup>();
            for (int i = 0; i < GROUPS; i++) {
                groups.add(new LoraGroup(i * (rows + 1), rows, terms.of(session, i)));
            }
            int all = GROUPS * (rows + 1);
            var y = session.upload(new Numbers(2).rows(all, n), n);
            session.lora(groups, session.upload(new Numbers(1).rows(all, k), k), y);
            return session.download(y);
        }
    }
}
