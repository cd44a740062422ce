package org.dlora.bench.profile;

/**
 * The sum over all calls of one operation.
 *
 * @param seconds that they took
 */
record Tally(long calls, double seconds, Cost cost) {
    static final Tally NONE = new Tally(0, 0, Cost.NONE);

    Tally plus(Tally other) {
        return new Tally(calls + other.calls, seconds + other.seconds, cost.plus(other.cost));
    }
}
