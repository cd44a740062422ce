package org.dlora.device.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.dlora.device.Activations;
import org.dlora.device.AttentionShape;
import org.dlora.device.Device;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.LoraBatch;
import org.dlora.device.LoraGroup;
import org.dlora.device.Operations;
import org.dlora.device.RaggedBatch;
import org.dlora.device.Step;
import org.dlora.device.StepEpoch;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Operations of a device for one comparison, with ways into and out of its buffers. Closing it
 * frees all that the comparison allocated.
 */
public final class Session implements AutoCloseable {
    public final Operations operations;
    public final Device device;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private List<LoraGroup> lastGroups = List.of();
    private LoraBatch lastBatch = LoraBatch.NONE;

    public Session(Device device, int threads) {
        this.device = device;
        operations = keep(device.open(threads));
    }

    private <T extends AutoCloseable> T keep(T resource) {
        opened.addFirst(resource);
        return resource;
    }

    public WeightMatrix matrix(DType storage, Tensor... parts) {
        return keep(device.matrix(List.of(parts), storage));
    }

    public WeightMatrix emptyLike(WeightMatrix matrix) {
        return keep(device.emptyLike(matrix));
    }

    public WeightVector vector(float[] values) {
        return keep(device.vector(values));
    }

    public KvCache kvCache(KvLayout layout) {
        return keep(device.kvCache(layout));
    }

    public Activations buffer(int rows, int width) {
        return keep(operations.activations(rows, width));
    }

    /** Returns a buffer with {@code rows} in it; the only way in is by an embedding. */
    public Activations upload(float[][] rows, int width) {
        Activations buffer = buffer(rows.length, width);
        if (rows.length > 0) {
            WeightMatrix table = matrix(DType.F32, Numbers.tensor(rows));
            embed(table, IntStream.range(0, rows.length).toArray(), buffer);
        }
        return buffer;
    }

    /** Runs a step of one operation. */
    private static void step(
            Operations operations,
            RaggedBatch batch,
            int[] logitRows,
            LoraBatch lora,
            Consumer<Step> operation) {
        try (var step = operations.begin(batch, logitRows, lora, new StepEpoch(batch, 0))) {
            operation.accept(step);
        }
    }

    private void step(RaggedBatch batch, Consumer<Step> operation) {
        step(operations, batch, new int[0], LoraBatch.NONE, operation);
    }

    /** Returns rows of which only the tokens matter. */
    private static RaggedBatch rows(int[] tokens) {
        return new RaggedBatch(tokens, new int[tokens.length], List.of());
    }

    /** Does {@link Step#embed} in a step of its own. */
    public static void embed(
            Operations operations, WeightMatrix table, int[] tokens, Activations out) {
        step(operations, rows(tokens), new int[0], LoraBatch.NONE, step -> step.embed(table, out));
    }

    public void embed(WeightMatrix table, int[] tokens, Activations out) {
        embed(operations, table, tokens, out);
    }

    /** Does {@link Step#lora} in a step of its own. The same groups are the same batch again. */
    public void lora(List<LoraGroup> groups, Activations x, Activations y) {
        step(operations, rows(new int[0]), new int[0], batch(groups), step -> step.lora(0, x, y));
    }

    public void loraEmbed(List<LoraGroup> groups, int[] tokens, Activations out) {
        step(operations, rows(tokens), new int[0], batch(groups), step -> step.loraEmbed(0, out));
    }

    @SuppressWarnings("ReferenceEquality")
    private LoraBatch batch(List<LoraGroup> groups) {
        if (groups != lastGroups) {
            lastGroups = groups;
            lastBatch = new LoraBatch(List.of(groups));
        }
        return lastBatch;
    }

    public void rope(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            WeightVector cos,
            WeightVector sin) {
        step(batch, step -> step.rope(qkv, shape, cos, sin));
    }

    public void writeKv(
            Activations qkv, RaggedBatch batch, AttentionShape shape, KvCache cache, int layer) {
        step(batch, step -> step.writeKv(qkv, shape, cache, layer));
    }

    public void attention(
            Activations qkv,
            RaggedBatch batch,
            AttentionShape shape,
            KvCache cache,
            int layer,
            Activations out) {
        step(batch, step -> step.attention(qkv, shape, cache, layer, out));
    }

    public void gather(Activations x, int[] rows, Activations out) {
        step(operations, rows(new int[0]), rows, LoraBatch.NONE, step -> step.gather(x, out));
    }

    public float[][] download(Activations buffer) {
        var rows = new float[buffer.rows()][buffer.width()];
        for (int i = 0; i < rows.length; i++) {
            operations.read(buffer, i, rows[i]);
        }
        return rows;
    }

    /** Returns the elements of a matrix row by row, widened. */
    public float[][] download(WeightMatrix matrix) {
        Activations rows = buffer(matrix.rows(), matrix.columns());
        embed(matrix, IntStream.range(0, matrix.rows()).toArray(), rows);
        return download(rows);
    }

    @Override
    public void close() {
        for (AutoCloseable resource : opened) {
            try {
                resource.close();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
