package org.dlora.bench.selftest;

import org.dlora.device.reference.Numbers;

/**
 * One comparison of a device with the plain one.
 *
 * @param shape in words
 */
record CheckCase(String shape, boolean isWhole, Allowance allowance, Scenario scenario) {

    /** Returns a comparison whose results are equal in any order of sums. */
    static CheckCase whole(String shape, Scenario scenario) {
        return new CheckCase(shape + ", whole numbers", true, Allowance.EXACT, scenario);
    }

    /** Returns a comparison of results that are rounded. */
    static CheckCase real(String shape, Allowance allowance, Scenario scenario) {
        return new CheckCase(shape, false, allowance, scenario);
    }

    /** Returns the inputs, from the first on. */
    Numbers numbers() {
        int seed = shape.hashCode();
        return isWhole ? Numbers.whole(seed) : new Numbers(seed);
    }
}
