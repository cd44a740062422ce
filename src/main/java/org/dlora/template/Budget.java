package org.dlora.template;

/**
 * What one rendering may still spend; every operation whose cost a template controls draws on it
 * first.
 */
final class Budget {

    private long steps = Limits.STEPS;
    private long allocation = Limits.ALLOCATION;
    private int depth;

    void step() {
        spend(1);
    }

    void spend(long count) {
        steps -= count;
        if (steps < 0) {
            throw TemplateException.limit("rendering took more than " + Limits.STEPS + " steps");
        }
    }

    /** Reading {@code length} characters. */
    void scan(long length) {
        spend(1 + length / 64);
    }

    /** Searching text for a pattern; the product bounds the worst case of a naive search. */
    void search(long length, long pattern) {
        spend((1 + length / 64) * (1 + pattern / 64));
    }

    /** Making a string of {@code length} characters. */
    void allocate(long length) {
        allocation -= length;
        if (length > Limits.ALLOCATION || allocation < 0) {
            throw TemplateException.limit(
                    "rendering made strings and lists of more than "
                            + Limits.ALLOCATION
                            + " characters");
        }
    }

    /** Making a list or mapping of {@code size} elements. */
    void allocateItems(long size) {
        allocate(Math.min(size, Limits.ALLOCATION) * 8 + 8);
    }

    void enter() {
        if (++depth > Limits.DEPTH) {
            throw TemplateException.limit(
                    "expressions, blocks and macro calls are nested more than "
                            + Limits.DEPTH
                            + " deep");
        }
        step();
    }

    void leave() {
        depth--;
    }
}
