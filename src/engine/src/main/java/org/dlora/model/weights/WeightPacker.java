package org.dlora.model.weights;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.Device;
import org.dlora.device.MatrixPacker;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.model.BaseModel;
import org.dlora.model.Checkpoint;
import org.dlora.model.LinearSite;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Packer of a model's tensors on a device. It remembers everything that it has packed, so that all
 * of it can be freed.
 */
final class WeightPacker implements AutoCloseable {
    private final BaseModel model;
    private final Device device;
    private final MatrixPacker matrices;
    private final DType storage;
    private final List<Runnable> packed = new ArrayList<>();
    private long bytes;

    /**
     * Creates a packer that has packed nothing yet.
     *
     * @param matrices makes matrices on {@code device}
     * @param storage dtype of matrices, {@code F32} or {@code BF16}
     */
    WeightPacker(BaseModel model, Device device, MatrixPacker matrices, DType storage) {
        this.model = model;
        this.device = device;
        this.matrices = matrices;
        this.storage = storage;
    }

    /** Returns the bytes of device memory packed so far. */
    long bytes() {
        return bytes;
    }

    LayerWeights layer(int layer) {
        boolean qkNorm = model.spec().qkNorm();
        return new LayerWeights(
                vector(Checkpoint.layer(layer, Checkpoint.INPUT_NORM)),
                linear(layer, LinearSite.QKV),
                qkNorm
                        ? Optional.of(vector(Checkpoint.layer(layer, Checkpoint.Q_NORM)))
                        : Optional.empty(),
                qkNorm
                        ? Optional.of(vector(Checkpoint.layer(layer, Checkpoint.K_NORM)))
                        : Optional.empty(),
                linear(layer, LinearSite.O),
                vector(Checkpoint.layer(layer, Checkpoint.POST_ATTENTION_NORM)),
                linear(layer, LinearSite.GATE_UP),
                linear(layer, LinearSite.DOWN));
    }

    WeightMatrix matrix(String name) {
        return matrix(List.of(tensor(name)));
    }

    /** Makes an index of a matrix that was packed. */
    Optional<ArgMaxIndex> argMaxIndex(WeightMatrix matrix) {
        var index = device.argMaxIndex(matrix);
        index.ifPresent(made -> {
            packed.add(made::close);
            bytes += made.bytes();
        });
        return index;
    }

    WeightVector vector(String name) {
        return own(device.vector(List.of(tensor(name))));
    }

    /**
     * Packs a vector of values that no file has.
     *
     * @param values makes them in memory that is given back once they are packed
     */
    WeightVector vector(Function<Arena, Tensor> values) {
        try (var arena = Arena.ofConfined()) {
            return own(device.vector(List.of(values.apply(arena))));
        }
    }

    private LayerWeights.Linear linear(int layer, LinearSite site) {
        var modules =
                model.modules().stream()
                        .filter(m -> m.layer() == layer && m.site() == site)
                        .toList();
        var weight = matrix(modules.stream().map(m -> tensor(m.name() + ".weight")).toList());
        if (!Checkpoint.hasBias(model.spec(), site)) {
            return new LayerWeights.Linear(weight, Optional.empty());
        }
        var biases = modules.stream().map(m -> tensor(m.name() + ".bias")).toList();
        return new LayerWeights.Linear(weight, Optional.of(own(device.vector(biases))));
    }

    private WeightMatrix matrix(List<Tensor> parts) {
        var matrix = matrices.matrix(parts, storage);
        packed.add(matrix::close);
        bytes += matrix.bytes();
        return matrix;
    }

    private WeightVector own(WeightVector vector) {
        packed.add(vector::close);
        bytes += (long) vector.size() * Float.BYTES;
        return vector;
    }

    private Tensor tensor(String name) {
        return model.tensors().tensor(name);
    }

    @Override
    public void close() {
        packed.forEach(Runnable::run);
        packed.clear();
    }
}
