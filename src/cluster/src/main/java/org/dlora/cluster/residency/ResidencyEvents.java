package org.dlora.cluster.residency;

import java.time.InstantSource;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.cluster.facts.ClusterEvent;
import org.dlora.cluster.facts.ClusterEvents;

/**
 * Loads and evictions of one memory as changes of the cluster.
 *
 * @param memory its name
 */
record ResidencyEvents(String memory, ClusterEvents events) {
    /** Tells nobody. */
    static final ResidencyEvents NONE =
            new ResidencyEvents("", new ClusterEvents(InstantSource.system()));

    void loaded(HeldAdapter held, AdapterWeights weights, double seconds) {
        events.publish(
                new ClusterEvent.AdapterLoaded(
                        events.clock().instant(),
                        memory,
                        held.source.name(),
                        held.source.version().orElse(null),
                        weights.bytes(),
                        seconds,
                        weights.origin().label(),
                        held.whyLoaded));
    }

    void failed(HeldAdapter held, LoadFailure failure) {
        events.publish(
                new ClusterEvent.AdapterFailed(
                        events.clock().instant(), memory, held.source.name(), failure.message()));
    }

    void evicted(HeldAdapter held) {
        events.publish(
                new ClusterEvent.AdapterEvicted(
                        events.clock().instant(),
                        memory,
                        held.source.name(),
                        held.source.version().orElse(null),
                        held.bytes(),
                        held.whyEvicted));
    }
}
