package org.dlora.adapter.weights;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dlora.adapter.content.AdapterTensors;
import org.dlora.adapter.content.LoraModule;
import org.dlora.device.Device;
import org.dlora.device.LoraTerm;
import org.dlora.device.MemoryReservation;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.model.BaseModel;
import org.dlora.model.LayerSite;
import org.dlora.model.LinearModule;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * Packer of an adapter's tensors on a device, as terms of LoRA groups. It keeps everything that it
 * has packed, so that all of it can be freed.
 */
final class AdapterPacker implements AutoCloseable {
    private final BaseModel base;
    private final Device device;

    /** The device, for what is packed here. */
    private final Device together;

    private final WeightPrecision precision;
    private final Map<LayerSite, List<LoraTerm>> terms = new HashMap<>();
    private final MergePacker merge;
    private final MemoryReservation memory;
    private final UploadPace pace;
    private final List<Runnable> packed = new ArrayList<>();
    private long bytes;

    /**
     * Creates a packer that has packed nothing yet.
     *
     * @param memory reserved for all that will be packed; becomes this packer's own
     */
    AdapterPacker(
            BaseModel base,
            Device device,
            WeightPrecision precision,
            MemoryReservation memory,
            UploadPace pace) {
        this.base = base;
        this.device = device;
        this.together = device.together(memory.bytes());
        this.precision = precision;
        this.memory = memory;
        this.pace = pace;
        this.merge = new MergePacker(base, this::vector);
    }

    Device device() {
        return device;
    }

    /** Returns the bytes of device memory packed so far. */
    long bytes() {
        return bytes;
    }

    Map<LayerSite, List<LoraTerm>> pack(AdapterTensors tensors) {
        var biases = new HashMap<LinearModule, Tensor>();
        tensors.biases().forEach(bias -> biases.put(bias.module(), bias.tensor()));
        for (var lora : tensors.modules()) {
            addLowRank(lora, Optional.ofNullable(biases.remove(lora.module())));
        }
        // The remaining biases belong to modules without a low rank.
        for (var bias : tensors.biases()) {
            if (biases.containsKey(bias.module())) {
                new BiasShift(base.bias(bias.module()), bias.tensor())
                        .values(bias.module().outputs())
                        .ifPresent(shift -> addShift(bias.module(), shift));
            }
        }
        for (var matrix : tensors.matrices()) {
            add(matrix.module(), new LoraTerm.Replacement(matrix(matrix.tensor())));
            merge.addReplacement(matrix.module());
        }
        terms.replaceAll((place, list) -> List.copyOf(list));
        memory.correct(bytes);
        return terms;
    }

    private void add(LinearModule module, LoraTerm term) {
        terms.computeIfAbsent(module.at(), place -> new ArrayList<>()).add(term);
    }

    private void addShift(LinearModule module, float[] values) {
        var shift = new LoraTerm.Shift(vector(values), module.firstOutput());
        add(module, shift);
        merge.add(module, shift);
    }

    /** Returns the terms of merging the adapter. Called after {@link #pack}. */
    MergeTerms merge() {
        return merge.terms();
    }

    private void addLowRank(LoraModule lora, Optional<Tensor> retrainedBias) {
        var module = lora.module();
        var gain = lora.magnitude().map(m -> DoraGain.of(base.weight(module), m, lora));
        var shift =
                new BiasShift(base.bias(module), retrainedBias, lora.biasOfB(), lora.scale(), gain)
                        .values(module.outputs());
        var term =
                new LoraTerm.LowRank(
                        matrix(lora.a()),
                        matrix(lora.b()),
                        module.firstOutput(),
                        lora.scale(),
                        gain.map(this::vector),
                        shift.map(this::vector));
        add(module, term);
        var moved =
                new BiasShift(
                        base.bias(module),
                        retrainedBias,
                        lora.biasOfB(),
                        lora.scale(),
                        Optional.empty());
        merge.add(module, term, gain, moved.values(module.outputs()));
    }

    /** Returns the dtype in which {@code tensor} is kept. */
    static DType storage(Tensor tensor, WeightPrecision precision) {
        boolean isWidened = precision == WeightPrecision.FLOAT32 || tensor.dtype() != DType.BF16;
        return isWidened ? DType.F32 : DType.BF16;
    }

    private WeightMatrix matrix(Tensor tensor) {
        var matrix = together.matrix(List.of(tensor), storage(tensor, precision));
        packed.add(matrix::close);
        bytes += matrix.bytes();
        pace.advanced(matrix.bytes());
        return matrix;
    }

    private WeightVector vector(float[] values) {
        var vector = together.vector(values);
        packed.add(vector::close);
        bytes += vector.bytes();
        return vector;
    }

    /** Frees everything. */
    @Override
    public void close() {
        packed.forEach(Runnable::run);
        memory.close();
    }
}
