package org.dlora.cluster.catalogue;

import java.util.Optional;
import java.util.function.Supplier;

/** The one on whose behalf the running thread changes the catalogue, for the versions it makes. */
public final class ChangeAuthor {
    private static final ScopedValue<String> NAME = ScopedValue.newInstance();

    private ChangeAuthor() {}

    /**
     * Returns the result of a change that {@code author} makes.
     *
     * @param author as the audit names it
     */
    public static <T> T call(String author, Supplier<T> change) {
        return ScopedValue.where(NAME, author).call(change::get);
    }

    /** Returns the author of the running change; empty if the server makes it by itself. */
    public static Optional<String> current() {
        return NAME.isBound() ? Optional.of(NAME.get()) : Optional.empty();
    }
}
