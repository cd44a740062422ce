package org.dlora.template.value;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.dlora.template.sandbox.Budget;
import org.dlora.template.sandbox.TemplateException;

/** Python's {@code iter()} and {@code len()}. */
public final class Iteration {

    private Iteration() {}

    public static boolean isIterable(Object value) {
        return switch (value) {
            case String _, List<?> _, Tuple _, Map<?, ?> _, DictView _, OneShot _, Undefined _ ->
                    true;
            default -> false;
        };
    }

    @SuppressWarnings("unchecked") // every element of a template list is a non-null Object
    public static Iterator<Object> iterator(Object value, Budget budget) {
        return switch (value) {
            case OneShot oneShot -> oneShot.iterator();
            case List<?> list -> ((List<Object>) list).iterator();
            case Tuple tuple -> tuple.items().iterator();
            case Undefined _ -> Collections.emptyIterator();
            default -> list(value, budget).iterator();
        };
    }

    /** Returns a new list of the items. */
    public static List<Object> list(Object value, Budget budget) {
        var items = new ArrayList<Object>();
        switch (value) {
            case String text -> {
                budget.allocateItems(4L * text.length());
                text.codePoints().forEach(character -> items.add(Character.toString(character)));
            }
            case List<?> list -> items.addAll(list);
            case Tuple tuple -> items.addAll(tuple.items());
            case Map<?, ?> map -> items.addAll(map.keySet());
            case DictView view -> items.addAll(view.items());
            case OneShot oneShot -> oneShot.iterator().forEachRemaining(items::add);
            case Undefined _ -> {}
            default ->
                    throw TemplateException.type(
                            "'" + PythonType.nameOf(value) + "' object is not iterable");
        }
        budget.allocateItems(items.size());
        budget.scan(items.size());
        return items;
    }

    /** Returns the length in characters or items, empty where Python knows none. */
    public static OptionalInt length(Object value) {
        return switch (value) {
            case String text -> OptionalInt.of(text.codePointCount(0, text.length()));
            case List<?> list -> OptionalInt.of(list.size());
            case Tuple tuple -> OptionalInt.of(tuple.items().size());
            case Map<?, ?> map -> OptionalInt.of(map.size());
            case DictView view -> OptionalInt.of(view.source().size());
            case Undefined _ -> OptionalInt.of(0);
            case LoopContext loop -> OptionalInt.of(loop.length());
            default -> OptionalInt.empty();
        };
    }
}
