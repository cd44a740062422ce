package org.dlora.device.cpu.linear;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.cpu.NeedsKernels;
import org.dlora.device.cpu.NeedsNativeKernels;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.extension.ExtendWith;

/** Emulated tiles have the bits of the processor's: what is tested with them holds with AMX. */
@NeedsKernels(KernelFamily.AMX)
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class EmulatedTilesTest {
    /**
     * Powers of two by which x is scaled: products of the smallest are denormal, of the largest
     * infinite.
     */
    private static final int[] EXPONENTS = {0, -126, -140, -70, 60, 120};

    @Property(tries = 100)
    void linearHasTheSameBits(
            @ForAll @IntRange(min = 1, max = 100) int n,
            @ForAll @IntRange(min = 1, max = 200) int k,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(min = 0, max = 5) int exponent) {
        assertThat(linear(KernelFamily.AMX_EMULATED, n, k, rows, EXPONENTS[exponent]))
                .isDeepEqualTo(linear(KernelFamily.AMX, n, k, rows, EXPONENTS[exponent]));
    }

    @Property(tries = 100)
    void lowRankTermsHaveTheSameBits(
            @ForAll @IntRange(min = 1, max = 100) int n,
            @ForAll @IntRange(min = 1, max = 200) int k,
            @ForAll @IntRange(min = 1, max = 80) int rank,
            @ForAll @IntRange(min = 1, max = 70) int rows) {
        assertThat(lora(KernelFamily.AMX_EMULATED, n, k, rank, rows))
                .isDeepEqualTo(lora(KernelFamily.AMX, n, k, rank, rows));
    }

    private static float[][] linear(KernelFamily family, int n, int k, int rows, int exponent) {
        try (var session = new Session(new CpuDevice(family), 2)) {
            var y = session.buffer(rows, n);
            session.operations.linear(
                    session.matrix(DType.BF16, new Numbers(k).tensor(DType.BF16, n, k)),
                    Optional.empty(),
                    session.upload(scaled(new Numbers(n).rows(rows, k), exponent), k),
                    rows,
                    y);
            return session.download(y);
        }
    }

    private static float[][] lora(KernelFamily family, int n, int k, int rank, int rows) {
        try (var session = new Session(new CpuDevice(family), 2)) {
            var term =
                    new LowRank(
                            session.matrix(
                                    DType.BF16, new Numbers(rank).tensor(DType.BF16, rank, k)),
                            session.matrix(DType.BF16, new Numbers(k).tensor(DType.BF16, n, rank)),
                            0,
                            0.5f);
            var y = session.upload(new Numbers(2).rows(rows, n), n);
            session.lora(
                    List.of(new LoraGroup(0, rows, List.of(term))),
                    session.upload(new Numbers(1).rows(rows, k), k),
                    y);
            return session.download(y);
        }
    }

    private static float[][] scaled(float[][] rows, int exponent) {
        for (float[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                row[i] = Math.scalb(row[i], exponent);
            }
        }
        return rows;
    }
}
