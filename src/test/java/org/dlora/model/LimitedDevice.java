package org.dlora.model;

import java.util.List;
import org.dlora.device.Device;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** The CPU with room for so many more copies of matrices. */
final class LimitedDevice implements Device {
    private final CpuDevice cpu = new CpuDevice();
    int room = Integer.MAX_VALUE;

    @Override
    public String name() {
        return cpu.name();
    }

    @Override
    public WeightMatrix matrix(List<Tensor> parts, DType storage) {
        return cpu.matrix(parts, storage);
    }

    @Override
    public WeightMatrix emptyLike(WeightMatrix matrix) {
        if (room == 0) {
            throw new OutOfMemoryError("full");
        }
        room--;
        return cpu.emptyLike(matrix);
    }

    @Override
    public WeightVector vector(List<Tensor> parts) {
        return cpu.vector(parts);
    }

    @Override
    public WeightVector vector(float[] values) {
        return cpu.vector(values);
    }

    @Override
    public KvCache kvCache(KvLayout layout) {
        return cpu.kvCache(layout);
    }

    @Override
    public DType kvDtype(DType weights) {
        return cpu.kvDtype(weights);
    }

    @Override
    public long bytes() {
        return cpu.bytes();
    }

    @Override
    public Operations open(int threads) {
        return cpu.open(threads);
    }

    @Override
    public void close() {
        cpu.close();
    }
}
