package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import org.dlora.device.AttentionShape;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.extension.ExtendWith;

/** The multiply-adds in C have the bits of those in Java, so both are one numeric mode. */
@NeedsKernels(KernelFamily.AVX512)
@ExtendWith(NeedsNativeKernels.class)
@AddLifecycleHook(NeedsNativeKernels.class)
class Avx512AgreementTest {
    @Property(tries = 100)
    void everyOperationHasTheBitsOfJava(
            @ForAll @IntRange(min = 1, max = 3) int kvHeads,
            @ForAll @IntRange(min = 1, max = 4) int group,
            @ForAll @IntRange(min = 1, max = 40) int halfHead,
            @ForAll @IntRange(min = 1, max = 120) int hidden,
            @ForAll @IntRange(min = 1, max = 20) int rows) {
        var shape =
                new AttentionShape(kvHeads * group, kvHeads, 2 * halfHead, 0.3f, rows > 10 ? 7 : 0);
        assertSameBits(
                KernelAgreementTest.layer(
                        new CpuDevice(KernelFamily.AVX512), shape, hidden, rows, DType.BF16),
                KernelAgreementTest.layer(new CpuDevice(), shape, hidden, rows, DType.BF16));
    }

    @Property(tries = 100)
    void linearHasTheBitsOfJava(
            @ForAll @IntRange(min = 1, max = 300) int n,
            @ForAll @IntRange(min = 1, max = 300) int k,
            @ForAll @IntRange(min = 1, max = 70) int rows) {
        assertSameBits(
                linear(new CpuDevice(KernelFamily.AVX512), n, k, rows),
                linear(new CpuDevice(), n, k, rows));
    }

    private static float[][] linear(CpuDevice device, int n, int k, int rows) {
        try (var session = new Session(device, 2)) {
            var y = session.buffer(rows, n);
            session.operations.linear(
                    session.matrix(DType.BF16, new Numbers(k).tensor(DType.BF16, n, k)),
                    Optional.of(session.vector(new Numbers(3).vector(n))),
                    session.upload(new Numbers(n).rows(rows, k), k),
                    rows,
                    y);
            return session.download(y);
        }
    }

    private static void assertSameBits(float[][] actual, float[][] expected) {
        assertThat(actual).hasNumberOfRows(expected.length);
        for (int i = 0; i < expected.length; i++) {
            // Compares bits, so 0 and -0 differ.
            assertThat(Arrays.equals(actual[i], expected[i])).as("result %d", i).isTrue();
        }
    }
}
