package org.dlora.scheduling.residency;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;

import java.util.Comparator;
import java.util.List;

/**
 * Order in which absent adapters are loaded: by the arrival of the oldest waiting request, and
 * pinned adapters that nobody waits for at the end.
 */
final class LoadQueue {
    /** The oldest arrival of a pinned adapter that nobody waits for is infinite. */
    private static final Comparator<AdapterStanding> ORDER =
            comparingDouble(LoadQueue::oldest).thenComparing(comparing(AdapterStanding::id));

    private LoadQueue() {}

    static List<AdapterStanding> of(ResidencySnapshot snapshot) {
        return snapshot.adapters().stream().filter(LoadQueue::isWanted).sorted(ORDER).toList();
    }

    private static boolean isWanted(AdapterStanding adapter) {
        return adapter.residence() == Residence.ABSENT
                && (adapter.waiting() > 0 || adapter.pinned());
    }

    /** Returns the time from which on the adapter is overdue; infinite if nobody waits for it. */
    static double overdueAt(AdapterStanding adapter, ResidencySettings settings) {
        return oldest(adapter) + settings.maxWait();
    }

    private static double oldest(AdapterStanding adapter) {
        return adapter.waiting() > 0 ? adapter.oldestWaiting() : Double.POSITIVE_INFINITY;
    }
}
