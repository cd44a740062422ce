package org.dlora.device.cpu.natives;

/** Rounding and summation of products with bfloat16 weights. Equal modes give equal bits. */
public enum NumericMode {
    /** Inputs as they are; one chain of float32 multiply-adds. */
    FLOAT32("float32"),
    /** Inputs rounded to bfloat16; one chain of dot products of pairs. */
    BFLOAT16_DOT("bfloat16-dot"),
    /** Inputs rounded to bfloat16; sums of 32 columns, even and odd ones apart. */
    BFLOAT16_AMX("bfloat16-amx");

    private final String label;

    NumericMode(String label) {
        this.label = label;
    }

    /** Returns the name that files and fingerprints carry; it never changes. */
    public String label() {
        return label;
    }
}
