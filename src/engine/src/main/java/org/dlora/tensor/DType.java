package org.dlora.tensor;

import java.util.Arrays;
import java.util.Optional;

/** Element types of the safetensors format, under the names that its headers use. */
public enum DType {
    F64(8),
    F32(4),
    F16(2),
    BF16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U64(8),
    U32(4),
    U16(2),
    U8(1),
    BOOL(1),
    F8_E4M3(1),
    F8_E5M2(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Returns the size of one element in bytes. */
    public int bytes() {
        return bytes;
    }

    /**
     * Returns whether weights of this type can be served: {@code F32}, {@code F16}, {@code BF16}.
     */
    public boolean isServable() {
        return this == F32 || this == F16 || this == BF16;
    }

    /** Returns the dtype that a safetensors header calls {@code name}. */
    public static Optional<DType> named(String name) {
        return Arrays.stream(values()).filter(d -> d.name().equals(name)).findFirst();
    }
}
