package org.dlora.scheduling.placement;

import java.util.Set;

/**
 * An adapter, its demand and its copies.
 *
 * @param id identifies one version of the adapter
 * @param bytes that a copy takes, above 0
 * @param share expected share of the next arrivals, 0..1
 * @param hosts memories in which it is resident or being loaded; a copy from one of the latter has
 *     to wait for the load
 * @param barred memories that get no copy
 * @param isPinned whether no copy may be given back
 * @param diskSeconds predicted time of a load from disk
 * @param copySeconds predicted time of a copy from another memory; infinite if there is no way
 */
public record AdapterDemand(
        String id,
        long bytes,
        double share,
        Set<String> hosts,
        Set<String> barred,
        boolean isPinned,
        double diskSeconds,
        double copySeconds) {
    public AdapterDemand {
        hosts = Set.copyOf(hosts);
        barred = Set.copyOf(barred);
        if (bytes < 1 || !(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(
                    "Adapter %s has %d bytes and a share of %s: expected at least 1 byte and a share from 0 to 1"
                            .formatted(id, bytes, share));
        }
    }
}
