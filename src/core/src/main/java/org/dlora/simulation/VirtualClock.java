package org.dlora.simulation;

import java.util.Comparator;
import java.util.PriorityQueue;

/** The events of a simulation in the order of their times; those of one time in order of entry. */
final class VirtualClock {
    private final PriorityQueue<Entry> entries =
            new PriorityQueue<>(
                    Comparator.comparingDouble(Entry::at).thenComparingLong(Entry::number));
    private double now;
    private long number;

    private record Entry(double at, long number, Runnable action) {}

    /** Returns the time of the present event in seconds. */
    double now() {
        return now;
    }

    /** Has {@code action} run at {@code time}, or now if that has passed. */
    void at(double time, Runnable action) {
        entries.add(new Entry(Math.max(now, time), number++, action));
    }

    void after(double seconds, Runnable action) {
        at(now + seconds, action);
    }

    /** Runs the next event; returns false if there is none. */
    boolean advance() {
        var next = entries.poll();
        if (next == null) {
            return false;
        }
        now = next.at();
        next.action().run();
        return true;
    }
}
