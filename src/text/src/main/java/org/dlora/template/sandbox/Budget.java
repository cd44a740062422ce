package org.dlora.template.sandbox;

import java.util.concurrent.CancellationException;

/**
 * The steps, memory and depth that one rendering has left. Every operation whose cost a template
 * controls draws on it first.
 */
public final class Budget {

    private long steps = Sandbox.MAX_STEPS;
    private long allocation = Sandbox.MAX_ALLOCATION;
    private int depth;

    public void step() {
        spend(1);
    }

    public void spend(long count) {
        steps -= count;
        if (Thread.currentThread().isInterrupted()) {
            throw new CancellationException("Nobody waits for the rendering any more");
        }
        if (steps < 0) {
            throw TemplateException.limit(
                    "rendering took more than " + Sandbox.MAX_STEPS + " steps");
        }
    }

    /** Draws the cost of reading {@code length} characters. */
    public void scan(long length) {
        spend(1 + length / 64);
    }

    /**
     * Draws the cost of searching text for a pattern. The product bounds the worst case of a naive
     * search.
     */
    public void search(long length, long pattern) {
        spend((1 + length / 64) * (1 + pattern / 64));
    }

    /** Draws the cost of a string of {@code length} characters. */
    public void allocate(long length) {
        allocation -= length;
        if (length > Sandbox.MAX_ALLOCATION || allocation < 0) {
            throw TemplateException.limit(
                    "rendering made strings and lists of more than "
                            + Sandbox.MAX_ALLOCATION
                            + " characters");
        }
    }

    /** Draws the cost of a list or mapping of {@code size} elements. */
    public void allocateItems(long size) {
        allocate(Math.min(size, Sandbox.MAX_ALLOCATION) * 8 + 8);
    }

    public void enter() {
        if (++depth > Sandbox.MAX_DEPTH) {
            throw TemplateException.limit(
                    "expressions, blocks and macro calls are nested more than "
                            + Sandbox.MAX_DEPTH
                            + " deep");
        }
        step();
    }

    public void leave() {
        depth--;
    }
}
