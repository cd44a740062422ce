package org.dlora.engine.meters;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Values of the metrics' label {@code adapter}: {@code base} for the base model, and for each
 * adapter one of its own. That is the adapter's name, unless the adapter is called {@code base}.
 */
public final class AdapterLabel {
    /** Label of the base model. */
    static final String BASE = "base";

    private static final String SUFFIX = " (adapter)";

    /** Names that could be mistaken: the base model's label, with any number of suffixes. */
    private static final Pattern TAKEN = Pattern.compile("base( \\(adapter\\))*");

    private AdapterLabel() {}

    /**
     * Returns the label of an adapter; two names never have the same.
     *
     * @param name the adapter's, null = the base model
     */
    public static String of(@Nullable String name) {
        if (name == null) {
            return BASE;
        }
        return TAKEN.matcher(name).matches() ? name + SUFFIX : name;
    }
}
