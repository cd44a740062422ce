package org.dlora.scheduling.residency;

/**
 * Estimate of the arrivals of one adapter, in which old ones count less and less: an arrival counts
 * half as much after {@code halfLife}. Times are of any clock; an adapter memory counts the
 * requests of all adapters. A value; each arrival makes another.
 *
 * @param weight decayed number of arrivals at time {@code at}
 * @param at time of the last arrival
 */
public record ArrivalRate(double weight, double at) {
    public static final ArrivalRate NONE = new ArrivalRate(0, 0);

    /** Returns the estimate after an arrival at time {@code now}. */
    public ArrivalRate arrived(double now, double halfLife) {
        return arrived(1, now, halfLife);
    }

    /** Returns the estimate after {@code count} arrivals at time {@code now}. */
    public ArrivalRate arrived(double count, double now, double halfLife) {
        return new ArrivalRate(weight * decay(now, halfLife) + count, now);
    }

    /** Returns the expected arrivals per unit of the clock at time {@code now}. */
    public double perUnit(double now, double halfLife) {
        return weight * decay(now, halfLife) * Math.log(2) / halfLife;
    }

    private double decay(double now, double halfLife) {
        return weight == 0 ? 0 : Math.exp(-Math.log(2) * (now - at) / halfLife);
    }
}
