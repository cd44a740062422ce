package org.dlora.api.connections;

import java.time.Duration;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * Bounds of clients' connections. A duration of zero is no bound.
 *
 * @param most open connections
 * @param bodies bytes of bodies that are kept in memory, those of all calls together
 * @param idle longest time without a request
 * @param head longest time from the first byte of a request to the end of its headers
 * @param body longest time without a byte of a body; its mean rate after that time is at least
 *     {@link #LEAST_RATE}, that of an upload {@link #LEAST_UPLOAD_RATE}
 * @param write longest time in which a client takes no byte of its answer
 */
public record ConnectionSettings(
        int most, long bodies, Duration idle, Duration head, Duration body, Duration write) {
    /** Bytes per second in which bodies have to come. */
    static final int LEAST_RATE = 500;

    /** Bytes per second in which uploads have to come, which take places and room on the disk. */
    static final int LEAST_UPLOAD_RATE = 16 << 10;

    private static final Duration LONGEST_LOOK = Duration.ofSeconds(1);
    private static final Duration SHORTEST_LOOK = Duration.ofMillis(10);

    /** Returns how often to look at a connection: four times in the shortest of the times. */
    Duration look() {
        var shortest =
                Stream.of(idle, head, body, write)
                        .filter(Duration::isPositive)
                        .min(Comparator.naturalOrder())
                        .map(time -> time.dividedBy(4))
                        .orElse(LONGEST_LOOK);
        return shortest.compareTo(LONGEST_LOOK) > 0
                ? LONGEST_LOOK
                : shortest.compareTo(SHORTEST_LOOK) < 0 ? SHORTEST_LOOK : shortest;
    }
}
