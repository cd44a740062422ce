package org.dlora.template.filter;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.dlora.template.filter.FilterRegistry.Filter;
import org.dlora.template.member.MemberAccess;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.DictView;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.OneShot;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Undefined;

/** The filters that take a sequence or mapping apart or put one together. */
final class SequenceFilters {

    static final Map<String, Filter> ALL =
            Map.ofEntries(
                    entry("default", SequenceFilters::defaultValue),
                    entry("d", SequenceFilters::defaultValue),
                    entry("first", SequenceFilters::first),
                    entry("last", SequenceFilters::last),
                    entry("list", (value, _, r) -> Iteration.list(value, r.budget())),
                    entry("items", SequenceFilters::items),
                    entry("attr", SequenceFilters::attribute),
                    entry("reverse", SequenceFilters::reverse),
                    entry("batch", SequenceFilters::batch),
                    entry("slice", SequenceFilters::slice));

    private SequenceFilters() {}

    private static Object defaultValue(
            Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("default", "default_value", "boolean");
        boolean missing =
                value instanceof Undefined || (bound.flag("boolean") && !PythonType.truthy(value));
        return missing ? bound.get("default_value", "") : value;
    }

    private static Object first(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var items = Iteration.iterator(value, rendering.budget());
        return items.hasNext() ? items.next() : new Undefined("No first item, sequence was empty.");
    }

    private static Object last(Object value, EvaluatedArguments arguments, Rendering rendering) {
        if (value instanceof OneShot) {
            throw TemplateException.type("'generator' object is not reversible: use list first");
        }
        var items = Iteration.list(value, rendering.budget());
        return items.isEmpty()
                ? new Undefined("No last item, sequence was empty.")
                : items.getLast();
    }

    private static Object items(Object value, EvaluatedArguments arguments, Rendering rendering) {
        return switch (value) {
            case Undefined _ -> OneShot.of(List.of());
            case Map<?, ?> map -> {
                rendering.budget().allocateItems(4L * map.size());
                yield OneShot.of(new DictView(DictView.Kind.ITEMS, map).items());
            }
            default -> throw TemplateException.type("Can only get item pairs from a mapping.");
        };
    }

    /** Returns an attribute only; unlike the dot, it does not look for an item. */
    private static Object attribute(
            Object value, EvaluatedArguments arguments, Rendering rendering) {
        var name = arguments.bind("attr", "name").text("name");
        return value instanceof Map<?, ?>
                ? new MemberAccess(rendering).attribute(Map.of(), name)
                : new MemberAccess(rendering).attribute(value, name);
    }

    private static Object reverse(Object value, EvaluatedArguments arguments, Rendering rendering) {
        if (value instanceof String text) {
            rendering.budget().allocate(text.length());
            return new StringBuilder(text).reverse().toString();
        }
        var items = Iteration.list(value, rendering.budget());
        Collections.reverse(items);
        return OneShot.of(items);
    }

    private static Object batch(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("batch", "linecount", "fill_with");
        int size = bound.integer("linecount");
        List<Object> batches = new ArrayList<>();
        List<Object> batch = new ArrayList<>();
        for (var item : Iteration.list(value, rendering.budget())) {
            if (batch.size() == size) {
                batches.add(batch);
                batch = new ArrayList<>();
            }
            batch.add(item);
        }
        if (!batch.isEmpty()) {
            if (bound.has("fill_with") && batch.size() < size) {
                rendering.budget().allocateItems(size);
                batch.addAll(Collections.nCopies(size - batch.size(), bound.get("fill_with")));
            }
            batches.add(batch);
        }
        rendering.budget().allocateItems(4L * batches.size());
        return OneShot.of(batches);
    }

    private static Object slice(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("slice", "slices", "fill_with");
        int slices = bound.integer("slices");
        if (slices == 0) {
            throw TemplateException.value("integer division or modulo by zero");
        }
        var items = Iteration.list(value, rendering.budget());
        rendering.budget().allocateItems(4L * Math.max(0, slices));
        List<Object> columns = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < slices; i++) {
            boolean longer = i < items.size() % slices;
            int end = start + items.size() / slices + (longer ? 1 : 0);
            List<Object> column = new ArrayList<>(items.subList(start, end));
            if (bound.has("fill_with") && !longer) {
                column.add(bound.get("fill_with"));
            }
            columns.add(column);
            start = end;
        }
        return OneShot.of(columns);
    }
}
