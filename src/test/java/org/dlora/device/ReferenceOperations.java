package org.dlora.device;

import java.util.List;
import java.util.Optional;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.ReferenceDevice.Buffer;
import org.dlora.device.ReferenceDevice.Cache;
import org.dlora.device.ReferenceDevice.Matrix;
import org.dlora.device.ReferenceDevice.Vector;

/**
 * The oracle: every operation as its definition reads, accumulated in float64, rounded to float32
 * once.
 */
final class ReferenceOperations implements Operations {

    @Override
    public Activations activations(int rows, int width) {
        return new Buffer(new float[rows][width], width);
    }

    @Override
    public void embed(WeightMatrix table, int[] tokens, Activations out) {
        for (int t = 0; t < tokens.length; t++) {
            values(out)[t] = values(table)[tokens[t]].clone();
        }
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

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    @Override
    public void lora(List<LoraGroup> groups, Activations x, Activations y) {
        for (LoraGroup group : groups) {
            for (int t = group.firstRow(); t < group.firstRow() + group.rows(); t++) {
                for (LoraTerm term : group.terms()) {
                    lora(term, values(x)[t], values(y)[t]);
                }
            }
        }
    }

    private static void lora(LoraTerm term, float[] x, float[] y) {
        switch (term) {
            case LowRank t -> {
                double[] shrunk = new double[t.a().rows()];
                for (int r = 0; r < shrunk.length; r++) {
                    shrunk[r] = dot(values(t.a())[r], x);
                }
                lowRank(t, shrunk, y);
            }
            case Shift t -> shift(t, y);
            case Affine t -> affine(t, y);
            case Replacement t -> {
                for (int n = 0; n < t.weight().rows(); n++) {
                    y[n] = (float) dot(values(t.weight())[n], x);
                }
            }
        }
    }

    private static void lowRank(LowRank term, double[] shrunk, float[] y) {
        for (int n = 0; n < term.b().rows(); n++) {
            double sum = y[term.firstOutput() + n];
            for (int r = 0; r < shrunk.length; r++) {
                sum += values(term.b())[n][r] * shrunk[r] * term.scale();
            }
            double gain = term.gain().isPresent() ? values(term.gain().get())[n] : 1;
            double shift = term.shift().isPresent() ? values(term.shift().get())[n] : 0;
            y[term.firstOutput() + n] = (float) (gain * sum + shift);
        }
    }

    private static void affine(Affine term, float[] y) {
        for (int n = 0; n < term.gain().size(); n++) {
            double shift = term.shift().isPresent() ? values(term.shift().get())[n] : 0;
            int at = term.firstOutput() + n;
            y[at] = (float) ((double) values(term.gain())[n] * y[at] + shift);
        }
    }

    private static void shift(Shift term, float[] y) {
        for (int n = 0; n < term.vector().size(); n++) {
            y[term.firstOutput() + n] += values(term.vector())[n];
        }
    }

    @Override
    public void loraEmbed(List<LoraGroup> groups, int[] tokens, Activations out) {
        for (LoraGroup group : groups) {
            for (int t = group.firstRow(); t < group.firstRow() + group.rows(); t++) {
                for (LoraTerm term : group.terms()) {
                    loraEmbed(term, tokens[t], values(out)[t]);
                }
            }
        }
    }

    private static void loraEmbed(LoraTerm term, int token, float[] out) {
        switch (term) {
            case LowRank t -> {
                double[] shrunk = new double[t.a().rows()];
                for (int r = 0; r < shrunk.length; r++) {
                    shrunk[r] = values(t.a())[r][token];
                }
                lowRank(t, shrunk, out);
            }
            case Shift t -> shift(t, out);
            case Affine t -> affine(t, out);
            case Replacement t ->
                    System.arraycopy(values(t.weight())[token], 0, out, 0, out.length);
        }
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
    public void rope(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            WeightVector cos,
            WeightVector sin) {
        int half = shape.headDim() / 2;
        for (int t = 0; t < batch.rows(); t++) {
            float[] row = values(qkv)[t];
            for (int head = 0; head < shape.heads() + shape.kvHeads(); head++) {
                for (int i = 0; i < half; i++) {
                    int low = head * shape.headDim() + i;
                    double a = row[low];
                    double b = row[low + half];
                    double c = values(cos)[batch.positions()[t] * half + i];
                    double s = values(sin)[batch.positions()[t] * half + i];
                    row[low] = (float) (a * c - b * s);
                    row[low + half] = (float) (b * c + a * s);
                }
            }
        }
    }

    @Override
    public void writeKv(
            Activations qkv, RaggedBatch batch, AttentionShape shape, KvCache cache, int layer) {
        Cache kv = (Cache) cache;
        int width = shape.kvHeads() * shape.headDim();
        for (Chunk chunk : batch.chunks()) {
            for (int t = 0; t < chunk.rows(); t++) {
                float[] row = values(qkv)[chunk.firstRow() + t];
                int position = chunk.firstPosition() + t;
                for (int i = 0; i < width; i++) {
                    float key = row[shape.outWidth() + i];
                    float value = row[shape.outWidth() + width + i];
                    at(kv.keys()[layer], chunk, position)[i] =
                            ReferenceDevice.stored(key, kv.layout().dtype());
                    at(kv.values()[layer], chunk, position)[i] =
                            ReferenceDevice.stored(value, kv.layout().dtype());
                }
            }
        }
    }

    private static float[] at(float[][][] blocks, Chunk chunk, int position) {
        return blocks[chunk.blockTable()[position / KvLayout.BLOCK_TOKENS]][
                position % KvLayout.BLOCK_TOKENS];
    }

    @Override
    public void attention(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            KvCache cache,
            int layer,
            Activations out) {
        Cache kv = (Cache) cache;
        for (Chunk chunk : batch.chunks()) {
            for (int t = 0; t < chunk.rows(); t++) {
                for (int head = 0; head < shape.heads(); head++) {
                    attend(
                            chunk,
                            t,
                            head,
                            shape,
                            kv,
                            layer,
                            values(qkv)[chunk.firstRow() + t],
                            values(out)[chunk.firstRow() + t]);
                }
            }
        }
    }

    private static void attend(
            Chunk chunk,
            int t,
            int head,
            AttentionShape shape,
            Cache kv,
            int layer,
            float[] q,
            float[] out) {
        int last = chunk.firstPosition() + t;
        int first = shape.window() == 0 ? 0 : Math.max(0, last - shape.window() + 1);
        int query = head * shape.headDim();
        int kvHead = head / (shape.heads() / shape.kvHeads()) * shape.headDim();
        double[] scores = new double[last + 1];
        double largest = Double.NEGATIVE_INFINITY;
        for (int p = first; p <= last; p++) {
            float[] key = at(kv.keys()[layer], chunk, p);
            for (int d = 0; d < shape.headDim(); d++) {
                scores[p] += (double) q[query + d] * key[kvHead + d];
            }
            scores[p] *= shape.scale();
            largest = Math.max(largest, scores[p]);
        }
        double total = 0;
        double[] sums = new double[shape.headDim()];
        for (int p = first; p <= last; p++) {
            double weight = Math.exp(scores[p] - largest);
            total += weight;
            for (int d = 0; d < shape.headDim(); d++) {
                sums[d] += weight * at(kv.values()[layer], chunk, p)[kvHead + d];
            }
        }
        for (int d = 0; d < shape.headDim(); d++) {
            out[query + d] = (float) (sums[d] / total);
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
    public void gatherRows(Activations x, int[] rows, Activations out) {
        for (int i = 0; i < rows.length; i++) {
            values(out)[i] = values(x)[rows[i]].clone();
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

    private static float[][] values(Activations activations) {
        return ((Buffer) activations).values();
    }

    private static float[][] values(WeightMatrix matrix) {
        return ((Matrix) matrix).values();
    }

    private static float[] values(WeightVector vector) {
        return ((Vector) vector).values();
    }

    @Override
    public void close() {}
}
