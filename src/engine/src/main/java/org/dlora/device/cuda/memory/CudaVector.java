package org.dlora.device.cuda.memory;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.dlora.device.WeightVector;
import org.dlora.device.arguments.Arguments;
import org.dlora.device.cuda.driver.DeviceBuffer;
import org.dlora.tensor.Tensor;

/** A vector of float32 values on a GPU. */
public final class CudaVector implements WeightVector {
    private final int size;
    private final CudaAccount account;
    private final DeviceBuffer buffer;

    private CudaVector(int size, CudaAccount account) {
        this.size = size;
        this.account = account;
        this.buffer = account.allocate(size * 4L);
    }

    /** Returns the vector of a GPU that a caller handed in. */
    public static CudaVector of(WeightVector vector) {
        return Arguments.own(CudaVector.class, vector, "a GPU");
    }

    public static CudaVector of(float[] values, CudaAccount account, Transfers transfers) {
        var vector = new CudaVector(values.length, account);
        try {
            transfers.upload(MemorySegment.ofArray(values), vector.address());
        } catch (RuntimeException | Error e) {
            vector.close();
            throw e;
        }
        return vector;
    }

    public static CudaVector of(List<Tensor> parts, CudaAccount account, Transfers transfers) {
        for (Tensor part : parts) {
            Arguments.check(
                    part.shape().size() == 1 && part.dtype().isServable(),
                    () ->
                            "vector part %s is %s %s: expected one dimension of F32, F16 or BF16"
                                    .formatted(part.name(), part.dtype(), part.shape()));
        }
        long size = parts.stream().mapToLong(Tensor::elements).sum();
        var values = new float[Math.toIntExact(size)];
        int next = 0;
        for (Tensor part : parts) {
            for (long i = 0; i < part.elements(); i++) {
                values[next++] = part.getFloat(i);
            }
        }
        return of(values, account, transfers);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public long bytes() {
        return size * 4L;
    }

    /**
     * Returns the address on the GPU.
     *
     * @throws IllegalStateException if the vector was freed
     */
    public long address() {
        return buffer.address();
    }

    /** Copies the values to the host. */
    public void read(float[] out, Transfers transfers) {
        Arguments.check(
                out.length == size,
                () -> "array of %d: expected %d, the vector's size".formatted(out.length, size));
        transfers.download(address(), MemorySegment.ofArray(out));
    }

    @Override
    public void close() {
        account.free(buffer);
    }
}
