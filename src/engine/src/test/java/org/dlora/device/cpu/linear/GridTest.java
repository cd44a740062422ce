package org.dlora.device.cpu.linear;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.tensor.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GridTest {
    @Property
    void coversEachPanelOfEachRowOnce(
            @ForAll @IntRange(min = 1, max = 200) int rows,
            @ForAll @IntRange(min = 1, max = 20) int panels,
            @ForAll @IntRange(min = 1, max = 4) int tile,
            @ForAll @IntRange(min = 1, max = 9) int workers) {
        var grid = Grid.of(rows, workers, 16);
        var times = new int[rows][panels];
        try (var matrix = new PanelMatrix(16 * panels, 1, DType.F32, 16, new MemoryAccount())) {
            for (int part = 0; part < grid.parts(); part++) {
                var own = grid.panels(part, matrix, matrix.panels(), tile);
                for (int row = grid.firstRow(part, rows); row < grid.endRow(part, rows); row++) {
                    for (int panel = own.from(); panel < own.to(); panel++) {
                        times[row][panel]++;
                    }
                }
            }
        }
        for (int[] row : times) {
            assertThat(row).containsOnly(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 2, 1, 2",
        "31, 2, 1, 2",
        "32, 2, 2, 1",
        "128, 2, 2, 1",
        "128, 16, 8, 2",
        "40, 3, 1, 3"
    })
    void givesEachWorkerEnoughRows(int rows, int workers, int rowParts, int panelParts) {
        assertThat(Grid.of(rows, workers, 16)).isEqualTo(new Grid(rowParts, panelParts));
    }
}
