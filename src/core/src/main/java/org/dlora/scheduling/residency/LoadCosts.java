package org.dlora.scheduling.residency;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/**
 * Cost model of loads: seconds per byte of each source, measured over its last loads. A load takes
 * the source that is predicted to be fastest.
 */
public final class LoadCosts {
    /** Weight of the last load. */
    private static final double FOLLOW = 0.3;

    /** Costs before the first load: 200 MB/s, 1 GB/s and 2 GB/s. */
    public static final LoadCosts INITIAL =
            new LoadCosts(
                    Map.of(
                            LoadSource.FILE, 1 / 200e6,
                            LoadSource.PACKED, 1 / 1e9,
                            LoadSource.MEMORY, 1 / 2e9));

    private final Map<LoadSource, Double> secondsPerByte;

    private LoadCosts(Map<LoadSource, Double> secondsPerByte) {
        this.secondsPerByte = new EnumMap<>(secondsPerByte);
    }

    /** Returns the costs after a load of {@code bytes}, more than 0, in {@code seconds}. */
    public LoadCosts measured(LoadSource source, long bytes, double seconds) {
        var next = new LoadCosts(secondsPerByte);
        double before = secondsPerByte(source);
        next.secondsPerByte.put(source, before + FOLLOW * (seconds / bytes - before));
        return next;
    }

    /** Returns the predicted seconds of a load for each byte. */
    public double secondsPerByte(LoadSource source) {
        return secondsPerByte.getOrDefault(source, Double.POSITIVE_INFINITY);
    }

    /**
     * Returns the source that is predicted to be fastest.
     *
     * @param available at least one source
     */
    public LoadSource fastest(Set<LoadSource> available) {
        return Collections.min(
                available,
                (one, other) -> Double.compare(secondsPerByte(one), secondsPerByte(other)));
    }
}
