package org.dlora.adapter;

import java.util.List;
import java.util.Map;
import org.dlora.device.Device;
import org.dlora.device.LoraTerm;
import org.dlora.model.LayerSite;
import org.dlora.model.WeightPrecision;
import org.dlora.tensor.LoadException;

/** An adapter's matrices on a device. Thread-safe until closed, which frees them. */
public final class AdapterWeights implements AutoCloseable {
    private final String name;
    private final String version;
    private final Map<LayerSite, List<LoraTerm>> terms;
    private final MergeTerms merge;
    private final AdapterPacker packer;

    private AdapterWeights(
            Adapter adapter, Map<LayerSite, List<LoraTerm>> terms, AdapterPacker packer) {
        this.name = adapter.name();
        this.version = adapter.version();
        this.terms = Map.copyOf(terms);
        this.merge = packer.merge();
        this.packer = packer;
    }

    /**
     * Packs all of {@code adapter}, which may be closed afterwards. Its base model must be open
     * until then: the norms of DoRA are computed here, and biases compared.
     *
     * @param precision {@code FLOAT32} widens everything. Otherwise bfloat16 stays and the rest is
     *     float32: PEFT keeps float32 adapters on a bfloat16 base as they are, so {@code BFLOAT16}
     *     does not round them
     * @throws LoadException if DoRA's norm of an output is zero, or if the files have changed since
     *     they were validated
     */
    public static AdapterWeights upload(Adapter adapter, Device device, WeightPrecision precision) {
        var packer = new AdapterPacker(adapter.base(), device, precision);
        try {
            var terms = packer.pack(adapter.tensors());
            adapter.source().checkUnchanged();
            return new AdapterWeights(adapter, terms, packer);
        } catch (InternalError e) {
            packer.close();
            throw LoadException.cutShort(
                    adapter.folder() + ": a file, or one of the base model,", e);
        } catch (RuntimeException | Error e) {
            packer.close();
            throw e;
        }
    }

    public String name() {
        return name;
    }

    public String version() {
        return version;
    }

    /** Returns the terms at linear layer {@code at}; none where the adapter does not act. */
    public List<LoraTerm> terms(LayerSite at) {
        return terms.getOrDefault(at, List.of());
    }

    /** What merging the adapter into the weights means, and whether it can be. */
    public MergeTerms merge() {
        return merge;
    }

    /** Device memory of all matrices and vectors. */
    public long bytes() {
        return packer.bytes();
    }

    @Override
    public void close() {
        packer.close();
    }
}
