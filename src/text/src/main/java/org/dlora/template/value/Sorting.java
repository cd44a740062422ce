package org.dlora.template.value;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import org.dlora.template.sandbox.TemplateException;

/** Python's {@code sorted}: stable, with each key computed once. */
public final class Sorting {

    private record Keyed(Object key, Object item) {}

    private final Rendering rendering;

    public Sorting(Rendering rendering) {
        this.rendering = rendering;
    }

    /** Returns the items sorted. Reversing keeps the order of equal items, as in Python. */
    public List<Object> sorted(List<Object> items, UnaryOperator<Object> key, boolean reverse) {
        var keyed = new ArrayList<Keyed>(items.size());
        items.forEach(item -> keyed.add(new Keyed(key.apply(item), item)));
        Comparator<Keyed> order = (left, right) -> compare(left.key(), right.key());
        try {
            keyed.sort(reverse ? order.reversed() : order);
        } catch (IllegalArgumentException e) {
            // NaN among the numbers has no order; Java's sort notices that, Python's does not.
            throw TemplateException.value("cannot sort values that have no order, such as nan");
        }
        List<Object> sorted = new ArrayList<>(items.size());
        keyed.forEach(entry -> sorted.add(entry.item()));
        return sorted;
    }

    private int compare(Object left, Object right) {
        var order = rendering.comparison().order(left, right, "<");
        return order == null ? 0 : order;
    }
}
