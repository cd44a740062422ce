package org.dlora.adapter.weights;

import java.util.Locale;

/** The origin of an adapter's weights on a device. */
public enum LoadOrigin {
    /** The adapter's own files: tensors are converted and packed. */
    FILE,
    /** A file of {@link PackedAdapters}: packed bytes are read. */
    PACKED,
    /** Another memory where the adapter is resident: packed bytes are copied. */
    MEMORY;

    /** Returns the name in metrics and answers. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
