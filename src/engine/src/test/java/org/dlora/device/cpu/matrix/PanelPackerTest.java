package org.dlora.device.cpu.matrix;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.dlora.device.cpu.memory.Bfloat16;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.reference.Numbers;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** Panels as {@link PanelMatrix} describes them, element by element. */
class PanelPackerTest {
    private static final List<DType> PARTS = List.of(DType.F32, DType.F16, DType.BF16);

    @Property(tries = 300)
    void everyElementOfEveryPartHasItsPlaceAndTheRestIsZero(
            @ForAll @Size(min = 1, max = 3) List<@IntRange(min = 1, max = 150) Integer> rows,
            @ForAll @IntRange(min = 1, max = 300) int columns,
            @ForAll @IntRange(max = 2) int firstDtype,
            @ForAll boolean isNarrow,
            @ForAll boolean isWide) {
        var storage = isNarrow ? DType.BF16 : DType.F32;
        var parts = new ArrayList<Tensor>();
        for (int i = 0; i < rows.size(); i++) {
            var dtype = PARTS.get((firstDtype + i) % PARTS.size());
            Assume.that(storage == DType.F32 || dtype != DType.F16);
            parts.add(new Numbers(i).tensor(dtype, rows.get(i), columns));
        }
        int lanes = isWide ? 16 : 4;

        try (var matrix = new PanelPacker(parts, storage).pack(lanes, new MemoryAccount())) {
            int row = 0;
            for (var part : parts) {
                for (int i = 0; i < part.size(0); i++, row++) {
                    for (int column = 0; column < columns; column++) {
                        float value = part.getFloat((long) i * columns + column);
                        assertThat(at(matrix, row, column))
                                .as("row %d column %d", row, column)
                                .isEqualTo(isNarrow ? rounded(value) : value);
                    }
                }
            }
            for (; row < matrix.panels() * lanes; row++) {
                for (int column = 0; column < columns; column++) {
                    assertThat(at(matrix, row, column)).isZero();
                }
            }
            if (isNarrow && columns % 2 == 1) {
                assertThat(at(matrix, 0, columns)).as("the column that fills a pair up").isZero();
            }
        }
    }

    private static float rounded(float value) {
        return Bfloat16.widen(Bfloat16.round(value));
    }

    /** By the description: {@code [k][lanes]}, or {@code [⌈k/2⌉][lanes][2]} for bfloat16. */
    private static float at(PanelMatrix matrix, int row, int column) {
        int lanes = matrix.lanes();
        long panel = row / lanes * matrix.panelBytes();
        int lane = row % lanes;
        if (matrix.dtype() == DType.F32) {
            return matrix.segment().get(JAVA_FLOAT, panel + 4L * (column * lanes + lane));
        }
        long element = panel + 2L * ((column / 2 * lanes + lane) * 2 + column % 2);
        return Bfloat16.widen(matrix.segment().get(JAVA_SHORT, element));
    }
}
