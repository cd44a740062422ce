package org.dlora.template.value;

import java.util.Iterator;
import java.util.List;

/**
 * A Python iterator, such as the result of {@code map} or {@code items}. It can be walked once and
 * has no length. Unlike Python's, its items were computed when it was made.
 */
public record OneShot(Iterator<Object> iterator) {

    public static OneShot of(List<Object> items) {
        return new OneShot(items.iterator());
    }
}
