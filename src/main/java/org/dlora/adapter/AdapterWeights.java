package org.dlora.adapter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dlora.device.Device;
import org.dlora.device.LoraTerm;
import org.dlora.device.WeightMatrix;
import org.dlora.model.LinearSite;
import org.dlora.model.WeightPrecision;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/** An adapter's matrices on a device. Thread-safe until closed, which frees them. */
public final class AdapterWeights implements AutoCloseable {
    private final String name;
    private final String version;
    private final Map<Place, List<LoraTerm>> terms;
    private final List<WeightMatrix> matrices;

    private record Place(int layer, LinearSite site) {}

    private AdapterWeights(
            Adapter adapter, Map<Place, List<LoraTerm>> terms, List<WeightMatrix> matrices) {
        this.name = adapter.name();
        this.version = adapter.version();
        this.terms = Map.copyOf(terms);
        this.matrices = List.copyOf(matrices);
    }

    /**
     * Packs all of {@code adapter}, which may be closed afterwards.
     *
     * @param precision {@code FLOAT32} widens everything. Otherwise bfloat16 stays and the rest is
     *     float32: PEFT keeps float32 adapters on a bfloat16 base as they are, so {@code BFLOAT16}
     *     does not round them
     */
    public static AdapterWeights upload(Adapter adapter, Device device, WeightPrecision precision) {
        var terms = new HashMap<Place, List<LoraTerm>>();
        var matrices = new ArrayList<WeightMatrix>();
        try {
            for (var lora : adapter.modules()) {
                var a = pack(lora.a(), device, precision, matrices);
                var b = pack(lora.b(), device, precision, matrices);
                terms.computeIfAbsent(
                                new Place(lora.module().layer(), lora.module().site()),
                                place -> new ArrayList<>())
                        .add(new LoraTerm(a, b, lora.module().firstOutput(), lora.scale()));
            }
        } catch (RuntimeException | OutOfMemoryError e) {
            matrices.forEach(WeightMatrix::close);
            throw e;
        }
        terms.replaceAll((place, list) -> List.copyOf(list));
        return new AdapterWeights(adapter, terms, matrices);
    }

    private static WeightMatrix pack(
            Tensor tensor, Device device, WeightPrecision precision, List<WeightMatrix> packed) {
        boolean isWidened = precision == WeightPrecision.FLOAT32 || tensor.dtype() != DType.BF16;
        var matrix = device.matrix(List.of(tensor), isWidened ? DType.F32 : DType.BF16);
        packed.add(matrix);
        return matrix;
    }

    public String name() {
        return name;
    }

    public String version() {
        return version;
    }

    /** The terms at {@code site} of layer {@code layer}; none where the adapter does not act. */
    public List<LoraTerm> terms(int layer, LinearSite site) {
        return terms.getOrDefault(new Place(layer, site), List.of());
    }

    /** Device memory of all matrices. */
    public long bytes() {
        return matrices.stream().mapToLong(WeightMatrix::bytes).sum();
    }

    @Override
    public void close() {
        matrices.forEach(WeightMatrix::close);
    }
}
