package org.dlora.bench.selftest;

import org.dlora.device.reference.Numbers;
import org.dlora.device.reference.Session;

/** Work that any device can do, and its results. */
@FunctionalInterface
interface Scenario {
    /**
     * Does the work and returns its results.
     *
     * @param numbers the inputs; with absolute ones the results are the sums of absolute terms
     */
    float[][] run(Session session, Numbers numbers);
}
