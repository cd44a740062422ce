package org.dlora.device;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.dlora.device.cpu.CpuDevice;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** The CPU in pure Java; a test overrides what it wants otherwise. */
public class ForwardingDevice implements Device {
    final CpuDevice cpu = new CpuDevice();

    @Override
    public String name() {
        return cpu.name();
    }

    @Override
    public String numericMode() {
        return cpu.numericMode();
    }

    @Override
    public DeviceMemory memory() {
        return cpu.memory();
    }

    @Override
    public WeightMatrix matrix(List<Tensor> parts, DType storage) {
        return cpu.matrix(parts, storage);
    }

    @Override
    public WeightMatrix emptyLike(WeightMatrix matrix) {
        return cpu.emptyLike(matrix);
    }

    @Override
    public Optional<PackedLayout> packedLayout() {
        return cpu.packedLayout();
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
    public long copyBytes(WeightMatrix matrix) {
        return cpu.copyBytes(matrix);
    }

    @Override
    public void copyOut(WeightMatrix matrix, MemorySegment to) {
        cpu.copyOut(matrix, to);
    }

    @Override
    public WeightMatrix copyIn(MemorySegment from) {
        return cpu.copyIn(from);
    }

    @Override
    public void read(WeightVector vector, float[] out) {
        cpu.read(vector, out);
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
