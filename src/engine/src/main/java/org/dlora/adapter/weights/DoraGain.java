package org.dlora.adapter.weights;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.dlora.adapter.content.LoraModule;
import org.dlora.model.LinearSite;
import org.dlora.tensor.LoadException;
import org.dlora.tensor.Tensor;

/**
 * DoRA's factor of each output of a module: {@code m / ‖W + scale·B·A‖}. The norm goes over the
 * weights of that output (Liu et al. 2024; PEFT, {@code DoraLinearLayer}). One pass over W computes
 * in float32, as PEFT does; the squares are added up in float64.
 */
public final class DoraGain {
    /** Tokens of an embedding whose squares one task sums up. */
    private static final int TOKENS = 1024;

    private final Tensor weight;
    private final LoraModule lora;
    private final float[][] a;
    private final float[][] b;

    private DoraGain(Tensor weight, LoraModule lora) {
        this.weight = weight;
        this.lora = lora;
        this.a = rows(lora.a());
        this.b = rows(lora.b());
    }

    /**
     * Returns the gain of each output.
     *
     * @param weight of the base: {@code [out, in]}, or an embedding's {@code [vocab, out]}
     * @throws LoadException if a gain is not finite, because the adapted weights are all zero
     */
    public static float[] of(Tensor weight, Tensor magnitude, LoraModule lora) {
        var gain = new DoraGain(weight, lora);
        var squares =
                lora.module().site() == LinearSite.EMBEDDING
                        ? gain.squaresOfColumns()
                        : gain.squaresOfRows();
        var values = new float[squares.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = magnitude.getFloat(i) / (float) Math.sqrt(squares[i]);
            if (!Float.isFinite(values[i])) {
                throw new LoadException(
                        "%s: DoRA divides element %d, %s, by the norm of weights that are all zero; expected adapted weights of which each output uses one at least"
                                .formatted(magnitude.name(), i, magnitude.getFloat(i)));
            }
        }
        return values;
    }

    private double[] squaresOfRows() {
        int columns = weight.size(1);
        var squares = new double[weight.size(0)];
        IntStream.range(0, squares.length)
                .parallel()
                .forEach(i -> {
                    var w = new float[columns];
                    weight.read((long) i * columns, w, columns);
                    var delta = new float[columns];
                    for (int r = 0; r < a.length; r++) {
                        addScaled(b[i][r], a[r], delta);
                    }
                    addScaled(lora.scale(), delta, w);
                    for (float value : w) {
                        squares[i] += (double) value * value;
                    }
                });
        return squares;
    }

    private static void addScaled(float factor, float[] x, float[] y) {
        for (int j = 0; j < y.length; j++) {
            y[j] += factor * x[j];
        }
    }

    /** Sums blocks of tokens in parallel, and their sums in order, so the result never varies. */
    private double[] squaresOfColumns() {
        int tokens = weight.size(0);
        var squares = new double[weight.size(1)];
        IntStream.range(0, Math.ceilDiv(tokens, TOKENS))
                .parallel()
                .mapToObj(block ->
                        squaresOfTokens(block * TOKENS, Math.min((block + 1) * TOKENS, tokens)))
                .toList()
                .forEach(block -> Arrays.setAll(squares, i -> squares[i] + block[i]));
        return squares;
    }

    private double[] squaresOfTokens(int from, int to) {
        int outputs = weight.size(1);
        var squares = new double[outputs];
        var w = new float[outputs];
        for (int token = from; token < to; token++) {
            weight.read((long) token * outputs, w, outputs);
            for (int i = 0; i < outputs; i++) {
                float delta = 0;
                for (int r = 0; r < a.length; r++) {
                    delta += b[i][r] * a[r][token];
                }
                double value = w[i] + lora.scale() * delta;
                squares[i] += value * value;
            }
        }
        return squares;
    }

    private static float[][] rows(Tensor matrix) {
        int columns = matrix.size(1);
        var rows = new float[matrix.size(0)][columns];
        for (int i = 0; i < rows.length; i++) {
            matrix.read((long) i * columns, rows[i], columns);
        }
        return rows;
    }
}
