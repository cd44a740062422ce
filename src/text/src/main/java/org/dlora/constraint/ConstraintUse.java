package org.dlora.constraint;

/** A use of a compiled constraint, which is kept until the use is closed. Closed twice is once. */
@FunctionalInterface
public interface ConstraintUse extends AutoCloseable {
    /** A use of nothing. */
    ConstraintUse NONE = () -> {};

    @Override
    void close();
}
