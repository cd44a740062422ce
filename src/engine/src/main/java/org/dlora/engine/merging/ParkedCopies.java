package org.dlora.engine.merging;

import java.util.Map;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.model.LayerSite;
import org.dlora.model.weights.DecoderWeights;
import org.dlora.model.weights.LayerWeights;
import org.dlora.model.weights.ParkedWeights;

/**
 * Copies in the host's memory, which are uploaded to the base's matrices on the device. The upload
 * waits for the next step, so a failure fails that step, and the step after it tries again.
 */
final class ParkedCopies implements CopyPlacement {
    private final DecoderWeights base;
    private final ParkedWeights parked;
    private final Operations operations;
    private Map<LayerSite, WeightMatrix> copies = Map.of();
    private boolean isSettled;

    /** Takes the base's matrices, which may not be pristine: a predecessor may have failed. */
    ParkedCopies(DecoderWeights base, ParkedWeights parked, Operations operations) {
        this.base = base;
        this.parked = parked;
        this.operations = operations;
        parked.take(this);
        isSettled = parked.isPristine();
    }

    @Override
    public void put(Map<LayerSite, WeightMatrix> others) {
        isSettled &= copies.isEmpty() && others.isEmpty();
        copies = others;
    }

    @Override
    public void settle() {
        if (!isSettled) {
            parked.write(this, copies, operations);
            isSettled = true;
        }
    }

    @Override
    public boolean isSettled() {
        return isSettled;
    }

    @Override
    public LayerWeights layer(int layer) {
        return base.layer(layer);
    }

    @Override
    public WeightMatrix end(LayerSite at) {
        return base.matrix(at);
    }

    @Override
    public void close() {
        parked.leave(this, operations);
    }
}
