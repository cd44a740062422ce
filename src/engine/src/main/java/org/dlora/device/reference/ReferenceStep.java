package org.dlora.device.reference;

import static org.dlora.device.reference.ReferenceOperations.dot;

import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraGroup;
import org.dlora.device.LoraTerm;
import org.dlora.device.LoraTerm.Affine;
import org.dlora.device.LoraTerm.LowRank;
import org.dlora.device.LoraTerm.Replacement;
import org.dlora.device.LoraTerm.Shift;
import org.dlora.device.RaggedBatch;
import org.dlora.device.RaggedBatch.Chunk;
import org.dlora.device.Step;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;

/** The plain operations on the rows of a step; see {@link ReferenceOperations}. */
record ReferenceStep(RaggedBatch batch, int[] logitRows, LoraBatch lora) implements Step {

    @Override
    public void embed(WeightMatrix table, Activations out) {
        int[] tokens = batch.tokens();
        for (int t = 0; t < tokens.length; t++) {
            values(out)[t] = values(table)[tokens[t]].clone();
        }
    }

    @Override
    public void lora(int index, Activations x, Activations y) {
        for (LoraGroup group : lora.at(index)) {
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
    public void loraEmbed(int index, Activations out) {
        int[] tokens = batch.tokens();
        for (LoraGroup group : lora.at(index)) {
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
    public void rope(Activations qkv, AttentionShape shape, WeightVector cos, WeightVector sin) {
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
    public void writeKv(Activations qkv, AttentionShape shape, KvCache cache, int layer) {
        ReferenceCache kv = (ReferenceCache) cache;
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
            Activations qkv, AttentionShape shape, KvCache cache, int layer, Activations out) {
        ReferenceCache kv = (ReferenceCache) cache;
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
            ReferenceCache kv,
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
    public void gather(Activations x, Activations out) {
        for (int i = 0; i < logitRows.length; i++) {
            values(out)[i] = values(x)[logitRows[i]].clone();
        }
    }

    private static float[][] values(Activations activations) {
        return ReferenceOperations.values(activations);
    }

    private static float[][] values(WeightMatrix matrix) {
        return ReferenceOperations.values(matrix);
    }

    private static float[] values(WeightVector vector) {
        return ReferenceOperations.values(vector);
    }

    @Override
    public void close() {}
}
