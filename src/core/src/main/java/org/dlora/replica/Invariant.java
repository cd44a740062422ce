package org.dlora.replica;

import java.util.function.Supplier;

/** Check of conditions that always hold. A violation is a defect of the program. */
final class Invariant {
    private Invariant() {}

    static void require(boolean holds, Supplier<String> violation) {
        if (!holds) {
            throw new IllegalStateException("Inconsistent replica: " + violation.get());
        }
    }
}
