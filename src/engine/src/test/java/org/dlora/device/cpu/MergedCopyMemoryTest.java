package org.dlora.device.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.device.reference.Numbers;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The process becomes smaller when copies of merged weights are freed. */
class MergedCopyMemoryTest {
    private static final Path SMAPS = Path.of("/proc/self/smaps");
    private static final long MB = 1 << 20;

    /** Bytes that scratch memory and the rest of a region may take. */
    private static final long NOISE = 6 * MB;

    private final CpuDevice device = new CpuDevice();
    private final Numbers numbers = new Numbers(1);

    @Test
    void pagesOfFreedCopiesGoBackToTheSystem() throws IOException {
        assumeTrue(Files.exists(SMAPS));
        try (var operations = device.open(1);
                var large = matrix(1024, 1024); // 4 MB, in pages of its own
                var small = matrix(512, 512); // 1 MB, in pages with others
                var largeUpdate = new Update(large);
                var smallUpdate = new Update(small)) {
            var kept = new ArrayList<WeightMatrix>();
            var dropped = new ArrayList<WeightMatrix>();
            long bytes = device.bytes();
            long before = resident();
            for (int i = 0; i < 12; i++) {
                dropped.add(largeUpdate.merge(operations));
                dropped.add(smallUpdate.merge(operations));
            }
            kept.add(smallUpdate.merge(operations));
            long copies = dropped.stream().mapToLong(WeightMatrix::bytes).sum();
            assertThat(copies).isEqualTo(60 * MB);
            assertThat(device.bytes()).isEqualTo(bytes + copies + kept.getFirst().bytes());
            long merged = resident();
            assertThat(merged - before).isBetween(copies - NOISE, copies + NOISE);
            dropped.forEach(WeightMatrix::close);
            assertThat(device.bytes()).isEqualTo(bytes + kept.getFirst().bytes());
            assertThat(merged - resident()).isBetween(copies - NOISE, copies + NOISE);
            kept.forEach(WeightMatrix::close);
        }
        assertThat(device.bytes()).isZero();
    }

    private WeightMatrix matrix(int rows, int columns) {
        return device.matrix(List.of(tensor(rows, columns)), DType.F32);
    }

    private Tensor tensor(int rows, int columns) {
        return numbers.tensor(DType.F32, rows, columns);
    }

    /** An adapter of rank 2 of one matrix. */
    private final class Update implements AutoCloseable {
        private final WeightMatrix a;
        private final WeightMatrix b;
        private final WeightUpdate update;

        Update(WeightMatrix pristine) {
            a = matrix(2, pristine.columns());
            b = matrix(pristine.rows(), 2);
            update = new WeightUpdate(pristine, List.of(new LowRank(a, b, 0, 0.5f)), false);
        }

        /** Returns a copy into which it is merged. */
        WeightMatrix merge(Operations operations) {
            var copy = device.emptyLike(update.pristine());
            operations.merge(update, 0, copy.rows(), copy);
            return copy;
        }

        @Override
        public void close() {
            a.close();
            b.close();
        }
    }

    /**
     * Returns the resident bytes of mappings for which large pages were asked. The Java heap is
     * none of them; it grows while kernels are interpreted.
     */
    private static long resident() throws IOException {
        long bytes = 0;
        long last = 0;
        for (String line : Files.readAllLines(SMAPS)) {
            if (line.startsWith("Rss:")) {
                last = 1024 * Long.parseLong(line.replaceAll("\\D", ""));
            } else if (line.startsWith("VmFlags:") && line.contains(" hg")) {
                bytes += last;
            }
        }
        return bytes;
    }
}
