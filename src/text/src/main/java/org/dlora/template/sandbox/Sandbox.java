package org.dlora.template.sandbox;

/**
 * The bounds that keep a hostile template or conversation from hanging, overflowing the stack or
 * exhausting memory. They are far above what published chat templates need for a conversation of a
 * million tokens.
 */
public final class Sandbox {

    /** Characters of a template's source. */
    public static final int MAX_SOURCE = 512 * 1024;

    /** Characters of one rendering. */
    static final int MAX_OUTPUT = 16 * 1024 * 1024;

    /** Nodes evaluated, items iterated, and blocks of 64 characters scanned, in one rendering. */
    public static final long MAX_STEPS = 5_000_000;

    /**
     * Characters of all strings made in one rendering, dropped ones included; a list element counts
     * as 8.
     */
    public static final long MAX_ALLOCATION = 64 * 1024 * 1024;

    /** Nested statements, expressions and macro calls while rendering: about 200 KiB of stack. */
    public static final int MAX_DEPTH = 400;

    /** Nested expressions and blocks while parsing. */
    public static final int MAX_PARSE_DEPTH = 128;

    /** Nesting of lists and mappings that are printed, compared or taken from the context. */
    public static final int MAX_NESTING = 256;

    /** Items of a {@code range}; the same number as in jinja2's sandbox. */
    public static final int MAX_RANGE = 100_000;

    /** Bits of an integer. */
    public static final int MAX_INTEGER_BITS = 4 * 1024;

    /** Width and precision in format strings. */
    public static final int MAX_FORMAT_WIDTH = 10_000;

    private Sandbox() {}
}
