package org.dlora.console.replicas;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingLong;

import java.util.List;
import java.util.Locale;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.console.decisions.RegistrationNames;
import org.dlora.console.decisions.WeightsState;
import org.dlora.scheduling.residency.Residence;
import org.jspecify.annotations.Nullable;

/**
 * Weights of an adapter in the memory of a replica.
 *
 * @param name of {@link RegistrationNames}
 * @param page name that the adapter's page has; null if it is not served any more
 * @param state resident, loading or leaving
 * @param running unfinished requests with them in the memory
 * @param waiting requests that wait until they are loaded
 * @param merged {@code merged}, {@code mixed} or empty text, as the weights of the replica have it
 */
record HeldAdapterRow(
        String name,
        @Nullable String page,
        String state,
        long bytes,
        boolean pinned,
        int running,
        int waiting,
        String merged) {

    /**
     * Returns the weights in the memory of a replica, the largest first.
     *
     * @param held all that the memory has or is about to load
     */
    static List<HeldAdapterRow> of(
            List<AdapterStatus> held, WeightsState weights, RegistrationNames names) {
        return held.stream()
                .filter(status -> status.residence() != Residence.ABSENT)
                .map(status -> row(status, weights, names))
                .sorted(
                        comparingLong(HeldAdapterRow::bytes)
                                .reversed()
                                .thenComparing(comparing(HeldAdapterRow::name)))
                .toList();
    }

    private static HeldAdapterRow row(
            AdapterStatus status, WeightsState weights, RegistrationNames names) {
        var name = names.name(status.id());
        return new HeldAdapterRow(
                name,
                names.page(status.id()),
                status.residence().name().toLowerCase(Locale.ROOT),
                status.bytes(),
                status.pinned(),
                status.running(),
                status.waiting(),
                name.equals(weights.adapter()) ? weights.kind() : "");
    }
}
