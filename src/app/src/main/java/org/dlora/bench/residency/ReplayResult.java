package org.dlora.bench.residency;

/**
 * The result of a replay.
 *
 * @param rule name of the rule
 * @param requests number of requests
 * @param hits requests whose adapter was resident when they arrived
 * @param evictions number of evictions
 * @param loadedBytes bytes of all loads
 */
public record ReplayResult(String rule, int requests, int hits, int evictions, long loadedBytes) {
    /** Returns the share of requests that were hits. */
    public double hitRate() {
        return (double) hits / requests;
    }
}
