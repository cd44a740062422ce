package org.dlora.template.value;

import java.util.AbstractList;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;

/**
 * Python's {@code range}: an arithmetic progression, bounded by {@link Sandbox#MAX_RANGE} items.
 */
public final class Range extends AbstractList<Object> {

    private final long start;
    private final long stop;
    private final long step;
    private final int size;

    private Range(long start, long stop, long step, int size) {
        this.start = start;
        this.stop = stop;
        this.step = step;
        this.size = size;
    }

    public static Range of(long start, long stop, long step) {
        if (step == 0) {
            throw TemplateException.value("range() arg 3 must not be zero");
        }
        // Double precision suffices: the difference of two longs may not fit a long, and the bound
        // needs no exactness.
        double items = Math.ceil(((double) stop - (double) start) / step);
        if (items > Sandbox.MAX_RANGE) {
            throw TemplateException.limit("range() has more than " + Sandbox.MAX_RANGE + " items");
        }
        return new Range(start, stop, step, (int) Math.max(0, items));
    }

    @Override
    public Object get(int index) {
        return start + index * step;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public String toString() {
        return "range(" + start + ", " + stop + (step == 1 ? "" : ", " + step) + ")";
    }
}
