package org.dlora.adapter;

import java.util.List;
import java.util.Map;
import org.dlora.device.Device;
import org.dlora.device.LoraTerm;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryUse;
import org.dlora.model.LinearSite;
import org.dlora.model.WeightPrecision;
import org.dlora.tensor.LoadException;

/** An adapter's matrices on a device. Thread-safe until closed, which frees them. */
public final class AdapterWeights implements AutoCloseable {
    private final String name;
    private final String version;
    private final Map<Place, List<LoraTerm>> terms;
    private final MergeTerms merge;
    private final AdapterPacker packer;

    /** A linear layer of the decoder. */
    record Place(int layer, LinearSite site) {}

    private AdapterWeights(
            Adapter adapter, Map<Place, List<LoraTerm>> terms, AdapterPacker packer) {
        this.name = adapter.name();
        this.version = adapter.version();
        this.terms = Map.copyOf(terms);
        this.merge = packer.merge();
        this.packer = packer;
    }

    /**
     * Packs all of {@code adapter}, which may be closed afterwards. Its base model must be open
     * until then: the norms of DoRA are computed here, and biases compared. No ledger is asked.
     *
     * @param precision {@code FLOAT32} widens everything. Otherwise bfloat16 stays and the rest is
     *     float32: PEFT keeps float32 adapters on a bfloat16 base as they are, so {@code BFLOAT16}
     *     does not round them
     * @throws LoadException if DoRA's norm of an output is zero, or if the files have changed since
     *     they were validated
     */
    public static AdapterWeights upload(Adapter adapter, Device device, WeightPrecision precision) {
        return upload(adapter, new AdapterUploader(device, precision, MemoryLedger.unlimited()));
    }

    /** See {@link AdapterUploader#upload}. */
    static AdapterWeights upload(Adapter adapter, AdapterUploader to) {
        var memory = to.ledger().reserve(MemoryUse.ADAPTERS, to.bytes(adapter));
        var packer = new AdapterPacker(adapter.base(), to.device(), to.precision(), memory);
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

    /**
     * The terms at {@code site} of layer {@code layer}; none where the adapter does not act.
     *
     * @param layer {@link LinearSite#NO_LAYER} where the site is in none
     */
    public List<LoraTerm> terms(int layer, LinearSite site) {
        return terms.getOrDefault(new Place(layer, site), List.of());
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
