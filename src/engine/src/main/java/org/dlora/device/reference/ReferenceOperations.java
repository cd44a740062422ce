package org.dlora.device.reference;

import java.util.Optional;
import java.util.stream.IntStream;
import org.dlora.device.Activations;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.MergeLoss;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RowUse;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightUpdate;
import org.dlora.device.WeightVector;
import org.dlora.device.reference.ReferenceDevice.Buffer;
import org.dlora.device.reference.ReferenceDevice.Matrix;
import org.dlora.device.reference.ReferenceDevice.Vector;

/** The plain operations, as their definitions read: summed in float64, rounded to float32 once. */
final class ReferenceOperations implements Operations {

    @Override
    public Activations activations(int rows, int width) {
        return new Buffer(new float[rows][width], width);
    }

    @Override
    public Step begin(RaggedBatch batch, int[] logitRows, LoraBatch lora, StepEpoch epoch) {
        return new ReferenceStep(batch, logitRows, lora);
    }

    @Override
    public void rmsNorm(Activations x, int rows, WeightVector weight, float eps, Activations out) {
        for (int t = 0; t < rows; t++) {
            rmsNorm(values(x)[t], 0, values(weight), eps, values(out)[t]);
        }
    }

    private static void rmsNorm(float[] x, int from, float[] weight, float eps, float[] out) {
        int n = weight.length;
        double squares = 0;
        for (int i = 0; i < n; i++) {
            squares += (double) x[from + i] * x[from + i];
        }
        double rms = Math.sqrt(squares / n + eps);
        for (int i = 0; i < n; i++) {
            out[from + i] = (float) (x[from + i] / rms * weight[i]);
        }
    }

    @Override
    public void addRmsNorm(
            Activations x,
            Activations residual,
            int rows,
            WeightVector weight,
            float eps,
            Activations out) {
        for (int t = 0; t < rows; t++) {
            for (int i = 0; i < residual.width(); i++) {
                values(residual)[t][i] += values(x)[t][i];
            }
        }
        rmsNorm(residual, rows, weight, eps, out);
    }

    @Override
    public void linear(
            WeightMatrix weight,
            Optional<WeightVector> bias,
            Activations x,
            int rows,
            Activations y) {
        for (int t = 0; t < rows; t++) {
            for (int n = 0; n < weight.rows(); n++) {
                double offset = bias.isPresent() ? values(bias.get())[n] : 0;
                values(y)[t][n] = (float) (dot(values(weight)[n], values(x)[t]) + offset);
            }
        }
    }

    static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    @Override
    public void headNorm(
            Activations qkv,
            int rows,
            int firstColumn,
            int heads,
            int headDim,
            WeightVector weight,
            float eps) {
        for (int t = 0; t < rows; t++) {
            for (int head = 0; head < heads; head++) {
                rmsNorm(
                        values(qkv)[t],
                        firstColumn + head * headDim,
                        values(weight),
                        eps,
                        values(qkv)[t]);
            }
        }
    }

    @Override
    public void siluMul(Activations gateUp, int rows, Activations out) {
        for (int t = 0; t < rows; t++) {
            for (int i = 0; i < out.width(); i++) {
                double gate = values(gateUp)[t][i];
                double up = values(gateUp)[t][out.width() + i];
                values(out)[t][i] = (float) (gate / (1 + Math.exp(-gate)) * up);
            }
        }
    }

    @Override
    public void read(Activations x, int row, float[] out) {
        System.arraycopy(values(x)[row], 0, out, 0, out.length);
    }

    @Override
    public void argMax(Activations x, int[] rows, int[] out) {
        for (int i = 0; i < rows.length; i++) {
            out[i] = argMax(values(x)[rows[i]]);
        }
    }

    private static int argMax(float[] row) {
        int best = 0;
        for (int i = 0; i < row.length; i++) {
            if (!Float.isFinite(row[i])) {
                return -1 - i;
            }
            if (row[i] > row[best]) {
                best = i;
            }
        }
        return best;
    }

    @Override
    public void largest(Activations x, int[] rows, int k, int[] indices, float[] values) {
        for (int i = 0; i < rows.length; i++) {
            float[] row = values(x)[rows[i]];
            int best = argMax(row);
            if (best < 0) {
                indices[i * k] = best;
                continue;
            }
            // A stable sort: equals stay in the order of their indices.
            var sorted =
                    IntStream.range(0, row.length)
                            .boxed()
                            .sorted((a, b) -> row[a] == row[b] ? 0 : row[a] > row[b] ? -1 : 1)
                            .toList();
            for (int j = 0; j < k; j++) {
                indices[i * k + j] = sorted.get(j);
                values[i * k + j] = row[sorted.get(j)];
            }
        }
    }

    @Override
    public void forEachRow(Activations x, int[] rows, RowUse use) {
        for (int i = 0; i < rows.length; i++) {
            use.accept(i, values(x)[rows[i]].clone());
        }
    }

    @Override
    public void merge(WeightUpdate update, int fromRow, int toRow, WeightMatrix live) {
        for (int n = fromRow; n < toRow; n++) {
            for (int k = 0; k < live.columns(); k++) {
                values(live)[n][k] =
                        ReferenceDevice.stored((float) merged(update, n, k), live.dtype());
            }
        }
    }

    @Override
    public MergeLoss mergeLoss(WeightUpdate update, int fromRow, int toRow) {
        double change = 0;
        double lost = 0;
        for (int n = fromRow; n < toRow; n++) {
            for (int k = 0; k < update.pristine().columns(); k++) {
                double exact = merged(update, n, k);
                float stored = ReferenceDevice.stored((float) exact, update.pristine().dtype());
                change += Math.pow(exact - values(update.pristine())[n][k], 2);
                lost += Math.pow(exact - stored, 2);
            }
        }
        return new MergeLoss(change, lost);
    }

    private static double merged(WeightUpdate update, int n, int k) {
        double value = values(update.pristine())[n][k];
        int output = update.embedding() ? k : n;
        int input = update.embedding() ? n : k;
        for (LowRank term : update.terms()) {
            int row = output - term.firstOutput();
            if (row >= 0 && row < term.b().rows()) {
                for (int r = 0; r < term.a().rows(); r++) {
                    value +=
                            values(term.b())[row][r]
                                    * (double) values(term.a())[r][input]
                                    * term.scale();
                }
                value *= term.gain().isPresent() ? values(term.gain().get())[row] : 1;
            }
        }
        return value;
    }

    static float[][] values(Activations activations) {
        return ((Buffer) activations).values();
    }

    static float[][] values(WeightMatrix matrix) {
        return ((Matrix) matrix).values();
    }

    static float[] values(WeightVector vector) {
        return ((Vector) vector).values();
    }

    @Override
    public void close() {}
}
