package org.dlora.template.value;

import java.util.List;

/**
 * Python's tuple. It is not a {@link List}, because lists and tuples print and compare differently.
 *
 * @param fields attribute names of the elements, as in a named tuple; empty for a plain one
 */
public record Tuple(List<Object> items, List<String> fields) {

    public Tuple(List<Object> items) {
        this(items, List.of());
    }

    public static Tuple of(Object... items) {
        return new Tuple(List.of(items));
    }
}
