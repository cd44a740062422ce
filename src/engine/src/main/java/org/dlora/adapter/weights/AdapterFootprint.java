package org.dlora.adapter.weights;

import java.util.HashSet;
import org.dlora.adapter.content.AdapterTensors;
import org.dlora.adapter.content.LoraModule;
import org.dlora.device.Device;
import org.dlora.model.BaseModel;
import org.dlora.model.LinearModule;
import org.dlora.model.LinearSite;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.Tensor;

/**
 * Device memory that an adapter takes once {@link AdapterPacker} has packed it, known from the
 * shapes of its tensors alone. It is exact for plain LoRA. Otherwise it is an upper bound: a shift
 * that turns out to be zero is not packed.
 */
final class AdapterFootprint {
    private final BaseModel base;
    private final Device device;
    private final WeightPrecision precision;

    AdapterFootprint(BaseModel base, Device device, WeightPrecision precision) {
        this.base = base;
        this.device = device;
        this.precision = precision;
    }

    /** Returns the bytes of all matrices and vectors that {@code tensors} become. */
    long bytes(AdapterTensors tensors) {
        var biases = new HashSet<LinearModule>();
        tensors.biases().forEach(bias -> biases.add(bias.module()));
        long bytes = 0;
        for (var lora : tensors.modules()) {
            bytes += matrix(lora.a()) + matrix(lora.b());
            bytes += vectors(lora, biases.remove(lora.module())) * vector(lora.module());
        }
        for (var module : biases) {
            bytes += vector(module);
        }
        for (var replacement : tensors.matrices()) {
            bytes += matrix(replacement.tensor());
        }
        return bytes;
    }

    /**
     * Returns the number of vectors of one module: gain and shift of its rows, and the vectors of
     * merging.
     */
    private int vectors(LoraModule lora, boolean isBiasRetrained) {
        boolean isShifted = isBiasRetrained || lora.biasOfB().isPresent();
        if (lora.magnitude().isEmpty()) {
            return isShifted ? 1 : 0;
        }
        int baseBias = base.bias(lora.module()).isPresent() ? 1 : 0;
        int own = 1 + (isShifted ? 1 : baseBias);
        return isMerged(lora.module()) ? own + (isShifted ? 1 : 0) + 1 + baseBias : own;
    }

    private boolean isMerged(LinearModule module) {
        return !base.spec().tiedEmbeddings() || module.layer() != LinearSite.NO_LAYER;
    }

    private long matrix(Tensor tensor) {
        var storage = AdapterPacker.storage(tensor, precision);
        int rows = tensor.size(0);
        int columns = tensor.size(1);
        return device.matrixBytes(rows, columns, storage);
    }

    private static long vector(LinearModule module) {
        return (long) module.outputs() * Float.BYTES;
    }
}
