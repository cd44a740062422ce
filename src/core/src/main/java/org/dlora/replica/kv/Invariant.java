package org.dlora.replica.kv;

import java.util.function.Supplier;

/** Check of conditions that always hold. A violation is a defect of the program. */
public final class Invariant {
    private Invariant() {}

    public static void require(boolean holds, Supplier<String> violation) {
        if (!holds) {
            throw new IllegalStateException("Inconsistent replica: " + violation.get());
        }
    }
}
