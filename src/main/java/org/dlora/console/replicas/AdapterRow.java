package org.dlora.console.replicas;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingLong;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.dlora.cluster.adapters.AdapterReport;
import org.dlora.cluster.replicas.ReplicaReport;
import org.dlora.cluster.residency.AdapterStatus;
import org.dlora.console.decisions.WeightsState;
import org.dlora.scheduling.residency.Residence;

/**
 * An adapter in the memory of a replica.
 *
 * @param name for clients; the id of a version that is not its name's main one
 * @param isMain whether it is its name's main version, which has a page
 * @param state resident, loading or leaving
 * @param running unfinished requests with it in the memory
 * @param waiting requests that wait until it is loaded
 * @param merged {@code merged}, {@code mixed} or empty text, as the weights of the replica have it
 */
record AdapterRow(
        String name,
        boolean isMain,
        String state,
        long bytes,
        boolean pinned,
        int running,
        int waiting,
        String merged) {

    /** Returns the adapters in the memory of a replica, the largest first. */
    static List<AdapterRow> of(
            ReplicaReport replica, List<AdapterReport> reports, WeightsState weights) {
        var rows = new ArrayList<AdapterRow>();
        var known = new HashSet<String>();
        for (var report : reports) {
            var name = report.adapter().name();
            report.memories().stream()
                    .filter(at -> at.memory().equals(replica.memory()))
                    .map(AdapterReport.InMemory::status)
                    .filter(status -> status.residence() != Residence.ABSENT)
                    .forEach(status -> {
                        known.add(name);
                        rows.add(row(name, status, weights));
                    });
        }
        replica.adapters().stream()
                .filter(kept -> !known.contains(kept.name()))
                .forEach(kept ->
                        rows.add(
                                new AdapterRow(
                                        kept.name(),
                                        false,
                                        "resident",
                                        kept.bytes(),
                                        false,
                                        0,
                                        0,
                                        merged(kept.name(), weights))));
        rows.sort(
                comparingLong(AdapterRow::bytes)
                        .reversed()
                        .thenComparing(comparing(AdapterRow::name)));
        return rows;
    }

    private static AdapterRow row(String name, AdapterStatus status, WeightsState weights) {
        return new AdapterRow(
                name,
                true,
                switch (status.residence()) {
                    case RESIDENT -> "resident";
                    case LOADING -> "loading";
                    case LEAVING -> "leaving";
                    case ABSENT -> "absent";
                },
                status.bytes(),
                status.pinned(),
                status.running(),
                status.waiting(),
                merged(name, weights));
    }

    private static String merged(String name, WeightsState weights) {
        return name.equals(weights.adapter()) ? weights.kind() : "";
    }
}
