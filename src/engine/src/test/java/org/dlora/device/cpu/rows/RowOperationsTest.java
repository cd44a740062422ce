package org.dlora.device.cpu.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.dlora.device.Activations;
import org.dlora.device.Operations;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Row-wise operations refuse what does not fit, and find the first of equal elements. */
class RowOperationsTest {
    private final Session session = new Session(new CpuDevice(), 2);
    private final Operations operations = session.operations;

    @AfterEach
    void close() {
        session.close();
    }

    @Test
    void normsNeedRowsOfTheWeightsWidth() {
        var weight = session.vector(new float[8]);
        var x = session.buffer(2, 8);
        var narrow = session.buffer(2, 7);
        var shorter = session.buffer(1, 8);
        refuses(() -> operations.rmsNorm(narrow, 2, weight, 0, x), "x has width 7: expected 8");
        refuses(() -> operations.rmsNorm(x, 2, weight, 0, narrow), "out has width 7: expected 8");
        refuses(() -> operations.rmsNorm(x, 2, weight, 0, shorter), "2 rows: the buffer has 1");
        refuses(() -> operations.rmsNorm(x, -1, weight, 0, x), "-1 rows");
        refuses(
                () -> operations.addRmsNorm(x, narrow, 2, weight, 0, x),
                "residual has width 7: expected 8");
        refuses(() -> operations.addRmsNorm(x, shorter, 2, weight, 0, x), "2 rows");
        refuses(() -> operations.addRmsNorm(x, x, 2, weight, 0, narrow), "out has width 7");
        refuses(() -> operations.addRmsNorm(narrow, x, 2, weight, 0, x), "x has width 7");
    }

    @Test
    void headNormsNeedHeadsWithinTheRow() {
        var weight = session.vector(new float[4]);
        var x = session.buffer(1, 12);
        operations.headNorm(x, 1, 4, 2, 4, weight, 1);
        refuses(
                () -> operations.headNorm(x, 1, 5, 2, 4, weight, 1),
                "2 heads of 4 from column 5 on: the rows have width 12");
        refuses(() -> operations.headNorm(x, 1, -1, 2, 4, weight, 1), "from column -1 on");
        refuses(() -> operations.headNorm(x, 1, 0, 2, 5, weight, 1), "head norm of 4: expected 5");
        refuses(() -> operations.headNorm(x, 2, 0, 2, 4, weight, 1), "2 rows");
    }

    @Test
    void gatesNeedTwiceTheWidthOfTheirOutput() {
        refuses(
                () -> operations.siluMul(session.buffer(1, 9), 1, session.buffer(1, 5)),
                "gate and up has width 9: expected 10");
        refuses(() -> operations.siluMul(session.buffer(2, 10), 2, session.buffer(1, 5)), "2 rows");
    }

    @Test
    void gatheredRowsExistAndFit() {
        var x = session.buffer(2, 4);
        refuses(() -> session.gather(x, new int[] {2}, session.buffer(1, 4)), "row 2: there are 2");
        refuses(() -> session.gather(x, new int[] {-1}, session.buffer(1, 4)), "row -1");
        refuses(
                () -> session.gather(x, new int[] {0}, session.buffer(1, 5)),
                "gathered rows has width 5: expected 4");
        refuses(() -> session.gather(x, new int[] {0, 1}, session.buffer(1, 4)), "2 rows");
    }

    @Test
    void chosenRowsExist() {
        var x = session.buffer(2, 4);
        refuses(() -> operations.argMax(x, new int[] {0, 2}, new int[2]), "row 2: there are 2");
        refuses(
                () -> operations.argMax(x, new int[] {0, 1}, new int[3]),
                "array of 3: expected 2, one for each row");
        refuses(() -> operations.forEachRow(x, new int[] {-1}, (_, _) -> {}), "row -1");
    }

    @Test
    void embeddingsNeedTokensAndRowsOfTheTable() {
        var table = session.matrix(DType.F32, new Numbers(1).tensor(DType.F32, 3, 4));
        refuses(() -> session.embed(table, new int[] {-1}, session.buffer(1, 4)), "token -1");
        refuses(
                () -> session.embed(table, new int[] {0}, session.buffer(1, 5)),
                "embedding output has width 5: expected 4");
        refuses(() -> session.embed(table, new int[] {0, 1}, session.buffer(1, 4)), "2 rows");
    }

    @Test
    void memoryOfOtherDevicesIsRefused() {
        refuses(
                () -> operations.argMax(new OtherActivations(1, 4), new int[1], new int[1]),
                "is not memory of the CPU device");
    }

    private record OtherActivations(int rows, int width) implements Activations {
        @Override
        public void close() {}
    }

    /** Every lane, and the ends of the loops over vectors and over single elements. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 31, 33, 63, 64, 65, 129})
    void theFirstOfEqualLargestElementsIsFound(int width) {
        for (int first = 0; first < width; first++) {
            var row = new float[width];
            Arrays.fill(row, -2);
            row[first] = -1;
            row[width - 1] = -1;
            assertThat(argMax(row)).as("at %d of %d", first, width).isEqualTo(first);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 16, 17, 64, 65, 80})
    void theFirstElementThatIsNotFiniteIsReported(int width) {
        for (float odd :
                new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            for (int at = 0; at < width; at++) {
                var row = new float[width];
                row[at] = odd;
                row[width - 1] = odd;
                assertThat(argMax(row)).as("%s at %d of %d", odd, at, width).isEqualTo(-1 - at);
            }
        }
    }

    private int argMax(float[] row) {
        var x = session.upload(new float[][] {row}, row.length);
        var found = new int[1];
        operations.argMax(x, new int[] {0}, found);
        return found[0];
    }

    private static void refuses(Runnable operation, String reason) {
        assertThatThrownBy(operation::run)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
