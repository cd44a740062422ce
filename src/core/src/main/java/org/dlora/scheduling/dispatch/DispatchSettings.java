package org.dlora.scheduling.dispatch;

/**
 * Weights of the choice of a replica.
 *
 * @param othersWeight seconds of its own that a request waits to spare others one second in all; 1
 *     minimises the sum of all times, 0 each request's own time
 */
public record DispatchSettings(double othersWeight) {
    public static final DispatchSettings DEFAULT = new DispatchSettings(1);

    public DispatchSettings {
        if (!(othersWeight >= 0 && othersWeight < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "Weight of the delay of others is %s: expected a finite number of at least 0"
                            .formatted(othersWeight));
        }
    }
}
