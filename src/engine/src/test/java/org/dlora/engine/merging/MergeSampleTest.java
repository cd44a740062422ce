package org.dlora.engine.merging;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingInt;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.engine.merging.MergeSample.Slice;
import org.dlora.model.LinearSite;
import org.dlora.tensor.DType;
import org.junit.jupiter.api.Test;

class MergeSampleTest {

    private record Shape(int rows, int columns) implements WeightMatrix {
        @Override
        public DType dtype() {
            return DType.BF16;
        }

        @Override
        public long bytes() {
            return 2L * rows * columns;
        }

        @Override
        public void close() {}
    }

    /** Returns layers of two matrices. */
    private static List<MergeTask> tasks(int layers, int qkv, int down) {
        var tasks = new ArrayList<MergeTask>();
        for (int layer = 0; layer < layers; layer++) {
            tasks.add(task(layer, LinearSite.QKV, qkv));
            tasks.add(task(layer, LinearSite.DOWN, down));
        }
        return tasks;
    }

    private static MergeTask task(int layer, LinearSite site, int rows) {
        var update = new WeightUpdate(new Shape(rows, 8), List.of(), false);
        return new MergeTask(site.in(layer), update);
    }

    private static int rows(List<Slice> slices) {
        return slices.stream().mapToInt(slice -> slice.to() - slice.from()).sum();
    }

    @Test
    void fewRowsAreAllSampled() {
        var sample = MergeSample.of(tasks(4, 100, 64));
        assertThat(rows(sample.slices())).isEqualTo(4 * 164);
        assertThat(sample.slices()).hasSize(4 * 3);
        assertThat(sample.slices().get(1)).matches(one -> one.from() == 64 && one.to() == 100);
    }

    @Property(tries = 50)
    void manyRowsAreSampledEvenlyWhateverRepeats(
            @ForAll @IntRange(min = 30, max = 60) int layers,
            @ForAll @IntRange(min = 20, max = 60) int qkv,
            @ForAll @IntRange(min = 20, max = 60) int down) {
        var sample = MergeSample.of(tasks(layers, 64 * qkv, 64 * down));
        int all = 64 * layers * (qkv + down);
        double share = (double) MergeSample.ROWS / all;
        assertThat(rows(sample.slices())).isBetween(MergeSample.ROWS - 640, MergeSample.ROWS + 640);
        var byMatrix =
                sample.slices().stream()
                        .collect(
                                groupingBy(
                                        slice -> slice.update().pristine().rows() == 64 * qkv,
                                        summingInt(slice -> slice.to() - slice.from())));
        if (qkv != down) {
            assertThat((double) byMatrix.getOrDefault(true, 0) / (64 * layers * qkv))
                    .isBetween(0.7 * share, 1.4 * share);
        }
    }
}
