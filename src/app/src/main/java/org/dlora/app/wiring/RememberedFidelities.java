package org.dlora.app.wiring;

import java.util.Optional;
import org.dlora.adapter.ContentMemo;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.cluster.fidelity.FidelityStore;
import org.dlora.device.PackedLayout;

/**
 * Store of measured accuracies, in the memo of the adapters' contents.
 *
 * @param arithmetic suffix of the keys: accuracies hold for one arithmetic of a device
 */
record RememberedFidelities(ContentMemo memo, String arithmetic) implements FidelityStore {

    static RememberedFidelities of(OpenedModel model) {
        var device = model.device();
        return new RememberedFidelities(
                model.memo(),
                " %s %s %s"
                        .formatted(
                                model.weightType(),
                                device.numericMode(),
                                device.packedLayout().map(PackedLayout::name).orElse("")));
    }

    @Override
    public Optional<MergeFidelity> find(String version) {
        return memo.fidelity(version + arithmetic);
    }

    @Override
    public void keep(String version, MergeFidelity fidelity) {
        memo.remember(version + arithmetic, fidelity);
    }
}
