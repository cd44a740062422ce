package org.dlora.simulation;

/** The link between the host and one device. It carries one copy after another. */
final class SimulatedLink {
    private final double bytesPerSecond;
    private double free;

    SimulatedLink(double bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Returns when {@code bytes} that are ready at {@code now} have arrived. */
    double arrival(double now, long bytes) {
        free = Math.max(now, free) + bytes / bytesPerSecond;
        return free;
    }

    /** Returns the seconds until {@code bytes} would have arrived. */
    double seconds(double now, long bytes) {
        return Math.max(0, free - now) + bytes / bytesPerSecond;
    }
}
