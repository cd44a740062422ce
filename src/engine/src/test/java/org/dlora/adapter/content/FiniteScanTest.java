package org.dlora.adapter.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.dlora.adapter.AdapterFolders;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

class FiniteScanTest {
    private static final DType[] DTYPES = {DType.F32, DType.BF16, DType.F16};

    @Property(tries = 500)
    void findsTheFirstValueThatIsNotFinite(
            @ForAll @IntRange(min = 1, max = 10_000) int size,
            @ForAll @IntRange(max = 2) int dtype,
            @ForAll @IntRange(max = 3) int spoiled,
            @ForAll long seed) {
        var random = new Random(seed);
        int[] bits = random.ints(size).map(b -> finite(DTYPES[dtype], b)).toArray();
        int first = -1;
        for (int i = 0; i < spoiled; i++) {
            int at = random.nextInt(size);
            bits[at] = notFinite(DTYPES[dtype], random.nextInt());
            first = first < 0 ? at : Math.min(first, at);
        }
        assertThat(FiniteScan.firstNonFinite(tensor(DTYPES[dtype], bits))).isEqualTo(first);
    }

    @Property(tries = 1000)
    void agreesWithFloatIsFinite(@ForAll @IntRange(max = 2) int dtype, @ForAll int bits) {
        Assume.that(bits != 0);
        var one = tensor(DTYPES[dtype], bits);
        assertThat(FiniteScan.firstNonFinite(one))
                .isEqualTo(Float.isFinite(one.getFloat(0)) ? -1 : 0);
    }

    /** The same bits with one exponent bit cleared. */
    private static int finite(DType dtype, int bits) {
        return bits & ~lowestExponentBit(dtype);
    }

    private static int notFinite(DType dtype, int bits) {
        return switch (dtype) {
            case F32 -> bits | 0x7f800000;
            case BF16 -> bits | 0x7f80;
            default -> bits | 0x7c00;
        };
    }

    private static int lowestExponentBit(DType dtype) {
        return switch (dtype) {
            case F32 -> 0x00800000;
            case BF16 -> 0x0080;
            default -> 0x0400;
        };
    }

    private static Tensor tensor(DType dtype, int... bits) {
        return AdapterFolders.tensor("t", dtype, List.of((long) bits.length), bits);
    }
}
