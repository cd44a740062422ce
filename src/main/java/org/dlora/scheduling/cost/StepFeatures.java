package org.dlora.scheduling.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.dlora.scheduling.StepShape;

/**
 * A step as numbers of which its time is a sum with factors that are not negative.
 *
 * <p>Few rows wait for memory, many for arithmetic. So the rows of a step, and those of a LoRA
 * group, are cut into stretches with a factor for each: any time that does not fall as rows are
 * added can be written so.
 */
final class StepFeatures {
    /** Where stretches of rows end. */
    private static final List<Integer> ROWS = List.of(4, 16, 64, 256, Integer.MAX_VALUE);

    /** Where stretches of a group's rows end. */
    private static final List<Integer> GROUP_ROWS = List.of(1, 16, Integer.MAX_VALUE);

    /** Of all features. */
    static final int COUNT = 5 + ROWS.size() + GROUP_ROWS.size();

    private StepFeatures() {}

    /** [COUNT] */
    static double[] of(StepShape shape) {
        var features = new ArrayList<Double>(COUNT);
        features.add(1.0);
        features.add((double) shape.decodeRows());
        features.add((double) shape.context());
        features.add((double) shape.prefillContext());
        features.add((double) shape.groups().size());
        stretches(shape.rows(), ROWS).forEach(features::add);
        var elements = new double[GROUP_ROWS.size()];
        for (var group : shape.groups()) {
            var stretches = stretches(group.rows(), GROUP_ROWS).toArray();
            for (int i = 0; i < elements.length; i++) {
                elements[i] += group.lora().elements() * stretches[i];
            }
        }
        DoubleStream.of(elements).forEach(features::add);
        return features.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static DoubleStream stretches(int rows, List<Integer> ends) {
        var stretches = DoubleStream.builder();
        int from = 0;
        for (int end : ends) {
            stretches.add(Math.clamp((long) rows - from, 0, end - from));
            from = end;
        }
        return stretches.build();
    }
}
