package org.dlora.scheduling;

/**
 * The time limits promised to clients, in seconds; infinite if there is none.
 *
 * @param ttft from arrival to the first token
 * @param tpot between two tokens of a stream
 */
public record SloLimits(double ttft, double tpot) {
    public static final SloLimits NONE =
            new SloLimits(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

    public SloLimits {
        if (!(ttft > 0) || !(tpot > 0)) {
            throw new IllegalArgumentException(
                    "Limits of time are above 0, not %s s and %s s".formatted(ttft, tpot));
        }
    }
}
