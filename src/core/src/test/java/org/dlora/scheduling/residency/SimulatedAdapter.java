package org.dlora.scheduling.residency;

import java.util.ArrayList;
import java.util.List;

/** An adapter of a {@link SimulatedMemory}, and who wants it. */
final class SimulatedAdapter {
    final String id;
    final long bytes;
    final double loadSeconds;
    final boolean pinned;

    /** Requests that wait, in the order of their arrival. */
    final List<SimulatedMemory.Request> waiting = new ArrayList<>();

    Residence residence = Residence.ABSENT;
    double since;
    int running;

    /** Other adapters that had requests waiting when the oldest of these arrived. */
    int before;

    private ArrivalRate rate = ArrivalRate.NONE;

    SimulatedAdapter(String id, long bytes, double loadSeconds, boolean pinned) {
        this.id = id;
        this.bytes = bytes;
        this.loadSeconds = loadSeconds;
        this.pinned = pinned;
    }

    void arrived(int count, double halfLife) {
        rate = rate.arrived(count, halfLife);
    }

    void become(Residence next, double now) {
        residence = next;
        since = now;
    }

    boolean isShown() {
        return residence != Residence.ABSENT || pinned || !waiting.isEmpty();
    }

    double oldestWaiting() {
        return waiting.isEmpty() ? Double.POSITIVE_INFINITY : waiting.getFirst().arrival();
    }

    AdapterStanding standing(int count, double halfLife) {
        return new AdapterStanding(
                id,
                bytes,
                loadSeconds,
                residence,
                since,
                pinned,
                running,
                waiting.size(),
                oldestWaiting(),
                rate.perUnit(count, halfLife));
    }
}
