package org.dlora.device.cpu;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.dlora.device.cpu.kernels.ScalarKernels;
import org.dlora.device.cpu.natives.KernelFamily;
import org.junit.jupiter.api.Tag;

@Tag("kernels")
@net.jqwik.api.Tag("kernels")
class NotBelowTest {
    private static final float[] VALUES = {
        Float.NEGATIVE_INFINITY, -1, -0f, 0, 1, 2, Float.POSITIVE_INFINITY, Float.NaN
    };

    @Property(tries = 300)
    void findsTheElementsInOrder(
            @ForAll @Size(max = 150) List<@IntRange(max = 7) Integer> choices,
            @ForAll @IntRange(max = 7) int least,
            @ForAll @IntRange(max = 40) int room) {
        int[] expected =
                IntStream.range(0, choices.size())
                        .filter(i -> !(VALUES[choices.get(i)] < VALUES[least]))
                        .toArray();
        try (var arena = Arena.ofConfined()) {
            var x = arena.allocate(JAVA_FLOAT, 3 + choices.size());
            for (int i = 0; i < choices.size(); i++) {
                x.setAtIndex(JAVA_FLOAT, 3 + i, VALUES[choices.get(i)]);
            }
            for (var kernels :
                    List.of(
                            KernelChoice.of(KernelFamily.JAVA).kernels(),
                            new ScalarKernels(4, "the test"))) {
                int[] out = new int[room];
                int count = kernels.notBelow(x, 12, choices.size(), VALUES[least], out);
                assertThat(count).isEqualTo(expected.length);
                int kept = Math.min(room, count);
                assertThat(Arrays.copyOf(out, kept)).isEqualTo(Arrays.copyOf(expected, kept));
            }
        }
    }
}
