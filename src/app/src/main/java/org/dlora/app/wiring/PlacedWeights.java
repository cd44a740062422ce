package org.dlora.app.wiring;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.dlora.adapter.content.MergeFidelity;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.app.device.HostParking;
import org.dlora.app.device.MemoryShare;
import org.dlora.cluster.facts.ServedBase;
import org.dlora.engine.opening.BaseWeights;

/**
 * The base model's weights on its devices, and the plan of what is left of their memories.
 *
 * @param shares memories that replicas share
 * @param parking memory of the host for pristine weights; empty if these stay on the devices
 * @param identity of the model as it is computed
 */
record PlacedWeights(
        OpenedModel model,
        BaseWeights weights,
        List<MemoryShare> shares,
        Optional<HostParking> parking,
        ServedBase identity) {
    PlacedWeights {
        shares = List.copyOf(shares);
    }

    /** Returns the most tokens of prompt and answer that each replica can have. */
    int maxModelLength() {
        return shares.stream().mapToInt(s -> s.cache().maxModelLength()).min().orElseThrow();
    }

    /** Returns an uploader of adapters to a memory. */
    AdapterUploader uploader(MemoryShare share) {
        return model.devices().uploader(model.uploader(), share);
    }

    /** Returns the measurement of merged weights' accuracy. */
    Function<AdapterWeights, MergeFidelity> measurement() {
        return weights.measurement(shares.getFirst().cache().dtype());
    }
}
