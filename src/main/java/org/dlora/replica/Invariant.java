package org.dlora.replica;

import java.util.function.Supplier;

/** What must hold whatever happens; a violation is a defect of ours. */
final class Invariant {
    private Invariant() {}

    static void require(boolean holds, Supplier<String> violation) {
        if (!holds) {
            throw new IllegalStateException("Inconsistent replica: " + violation.get());
        }
    }
}
