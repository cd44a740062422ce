package org.dlora.template.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.dlora.template.sandbox.Budget;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.None;
import org.dlora.template.value.PythonInteger;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Tuple;
import org.dlora.template.value.Undefined;

/** {@code value[start:stop:step]} of texts, lists and tuples. */
public final class Slicer {

    private final Rendering rendering;
    private final Budget budget;

    public Slicer(Rendering rendering) {
        this.rendering = rendering;
        this.budget = rendering.budget();
    }

    /**
     * Returns the slice. Bounds are integers or none, and are clamped to the value, as in Python.
     * Other values and bounds make it undefined, as in jinja2.
     */
    public Object slice(Object value, Object start, Object stop, Object step) {
        boolean bounded = Stream.of(start, stop, step).allMatch(Slicer::isBound);
        return switch (value) {
            case Undefined undefined -> throw undefined.failure();
            case String text when bounded -> slice(text, start, stop, step);
            case List<?> list when bounded -> pick(list, start, stop, step);
            case Tuple tuple when bounded -> new Tuple(pick(tuple.items(), start, stop, step));
            default -> Undefined.element(value, "slice" + bounds(start, stop, step));
        };
    }

    private static boolean isBound(Object value) {
        return value == None.NONE || PythonInteger.is(value);
    }

    private String bounds(Object start, Object stop, Object step) {
        return rendering.text().repr(Tuple.of(start, stop, step));
    }

    private Object slice(String text, Object start, Object stop, Object step) {
        budget.allocate(text.length());
        budget.scan(text.length());
        int length = text.codePointCount(0, text.length());
        var bounds = Bounds.of(length, start, stop, step);
        if (bounds.step == 1) {
            int from = text.offsetByCodePoints(0, bounds.start);
            return bounds.count == 0
                    ? ""
                    : text.substring(from, text.offsetByCodePoints(from, bounds.count));
        }
        int[] characters = text.codePoints().toArray();
        budget.allocate(2L * length);
        var picked = new StringBuilder();
        for (int i = 0; i < bounds.count; i++) {
            picked.appendCodePoint(characters[bounds.position(i)]);
        }
        return picked.toString();
    }

    private List<Object> pick(List<?> list, Object start, Object stop, Object step) {
        var bounds = Bounds.of(list.size(), start, stop, step);
        budget.allocateItems(bounds.count);
        budget.scan(bounds.count);
        var picked = new ArrayList<Object>(bounds.count);
        for (int i = 0; i < bounds.count; i++) {
            picked.add(list.get(bounds.position(i)));
        }
        return picked;
    }

    private record Bounds(int start, int step, int count) {

        static Bounds of(int length, Object start, Object stop, Object step) {
            int by = index(step, 1);
            if (by == 0) {
                throw TemplateException.value("slice step cannot be zero");
            }
            int lowest = by > 0 ? 0 : -1;
            int highest = by > 0 ? length : length - 1;
            int from =
                    start == None.NONE
                            ? (by > 0 ? lowest : highest)
                            : bound(start, length, lowest, highest);
            int to =
                    stop == None.NONE
                            ? (by > 0 ? highest : lowest)
                            : bound(stop, length, lowest, highest);
            long distance = by > 0 ? (long) to - from : (long) from - to;
            long stride = Math.abs((long) by);
            int count = (int) Math.max(0, (distance + stride - 1) / stride);
            return new Bounds(count == 0 ? 0 : from, by, count);
        }

        private static int bound(Object value, int length, int lowest, int highest) {
            int index = index(value, 0);
            return Math.clamp(index < 0 ? (long) index + length : index, lowest, highest);
        }

        private static int index(Object value, int otherwise) {
            return value == None.NONE ? otherwise : PythonInteger.clamp(value);
        }

        int position(int index) {
            return (int) (start + (long) index * step);
        }
    }
}
