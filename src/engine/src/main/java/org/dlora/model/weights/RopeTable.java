package org.dlora.model.weights;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.dlora.model.RopeSpec;
import org.dlora.tensor.DType;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;

/**
 * Cosines and sines of the rotary embedding, {@code [positions, headDim / 2]} row-major. They are
 * computed in float32, operation by operation as transformers does ({@code
 * modeling_rope_utils.py}). More exact angles would give another model at long positions. For 10⁶
 * positions the tables take half a gigabyte, so each is computed on demand, outside the Java heap.
 */
final class RopeTable {
    private final float[] frequencies;
    private final int positions;

    private RopeTable(float[] frequencies, int positions) {
        this.frequencies = frequencies;
        this.positions = positions;
    }

    /**
     * Returns tables of {@code positions} positions that are not computed yet.
     *
     * @throws LoadException if {@code positions * headDim} is 2³¹ or more
     */
    static RopeTable of(RopeSpec rope, int headDim, int positions) {
        long elements = (long) positions * headDim;
        if (elements > Integer.MAX_VALUE) {
            throw new LoadException(
                    "rotary embedding: %d positions of head_dim %d need tables of %d elements; expected at most %d, so serve at most %d positions (dlora.max-model-len)"
                            .formatted(
                                    positions,
                                    headDim,
                                    elements,
                                    Integer.MAX_VALUE,
                                    Integer.MAX_VALUE / headDim));
        }
        return new RopeTable(inverseFrequencies(rope, headDim), positions);
    }

    /** Computes the cosines, one row after the other, in memory of {@code arena}. */
    Tensor cos(Arena arena) {
        return table("rotary cosines", Math::cos, arena);
    }

    /** Computes the sines, one row after the other, in memory of {@code arena}. */
    Tensor sin(Arena arena) {
        return table("rotary sines", Math::sin, arena);
    }

    private Tensor table(String name, DoubleUnaryOperator function, Arena arena) {
        int half = frequencies.length;
        long elements = (long) positions * half;
        var data = arena.allocate(JAVA_FLOAT, elements);
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < half; i++) {
                float angle = position * frequencies[i];
                data.setAtIndex(
                        JAVA_FLOAT,
                        (long) position * half + i,
                        (float) function.applyAsDouble(angle));
            }
        }
        return new Tensor(name, DType.F32, List.of(elements), data);
    }

    /** Returns the radians per position of each pair, {@code [headDim / 2]}. */
    static float[] inverseFrequencies(RopeSpec rope, int headDim) {
        var frequencies = new float[headDim / 2];
        float theta = (float) rope.theta();
        for (int i = 0; i < frequencies.length; i++) {
            float base = 1 / (float) Math.pow(theta, 2 * i / (float) headDim);
            frequencies[i] =
                    switch (rope) {
                        case RopeSpec.Default _ -> base;
                        case RopeSpec.Linear linear -> base / (float) linear.factor();
                        case RopeSpec.Llama3 llama3 -> scaled(base, llama3);
                    };
        }
        return frequencies;
    }

    /**
     * Returns a frequency scaled as in Llama 3.1. Wavelengths beyond the pretraining context are
     * stretched, short ones are kept, and those between are interpolated.
     */
    private static float scaled(float frequency, RopeSpec.Llama3 rope) {
        float factor = (float) rope.factor();
        float low = (float) rope.lowFreqFactor();
        float high = (float) rope.highFreqFactor();
        float context = rope.originalMaxPositions();
        float wavelength = (float) (2 * Math.PI) / frequency;
        if (wavelength > context / low) {
            return frequency / factor;
        }
        if (wavelength < context / high) {
            return frequency;
        }
        float smooth = (context / wavelength - low) / (high - low);
        return (1 - smooth) * frequency / factor + smooth * frequency;
    }
}
