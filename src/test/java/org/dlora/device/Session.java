package org.dlora.device;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Operations of a device for one test, which frees all that the test allocated, and the ways in and
 * out of its buffers.
 */
public final class Session implements AutoCloseable {
    public final Operations operations;
    private final Device device;
    private final List<AutoCloseable> opened = new ArrayList<>();

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

    /** A buffer with {@code rows} in it; the only way in is by an embedding. */
    public Activations upload(float[][] rows, int width) {
        Activations buffer = buffer(rows.length, width);
        if (rows.length > 0) {
            WeightMatrix table = matrix(DType.F32, Numbers.tensor(rows));
            operations.embed(table, IntStream.range(0, rows.length).toArray(), buffer);
        }
        return buffer;
    }

    public float[][] download(Activations buffer) {
        var rows = new float[buffer.rows()][buffer.width()];
        for (int i = 0; i < rows.length; i++) {
            operations.read(buffer, i, rows[i]);
        }
        return rows;
    }

    /** What a matrix holds, row by row, widened. */
    public float[][] download(WeightMatrix matrix) {
        Activations rows = buffer(matrix.rows(), matrix.columns());
        operations.embed(matrix, IntStream.range(0, matrix.rows()).toArray(), rows);
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
