package org.dlora.template.filter;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.dlora.template.filter.FilterRegistry.Filter;
import org.dlora.template.member.AttributePath;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.BoundArguments;
import org.dlora.template.value.DictView;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.None;
import org.dlora.template.value.OneShot;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Sorting;
import org.dlora.template.value.Tuple;
import org.dlora.template.value.Undefined;

/** The filters that compare items with each other. By default they ignore the case of texts. */
final class OrderFilters {

    static final Map<String, Filter> ALL =
            Map.ofEntries(
                    entry("sort", OrderFilters::sort),
                    entry("dictsort", OrderFilters::dictSort),
                    entry(
                            "min",
                            (value, a, r) ->
                                    extreme(
                                            value,
                                            a.bind("min", "case_sensitive", "attribute"),
                                            -1,
                                            r)),
                    entry(
                            "max",
                            (value, a, r) ->
                                    extreme(
                                            value,
                                            a.bind("max", "case_sensitive", "attribute"),
                                            1,
                                            r)),
                    entry("unique", OrderFilters::unique),
                    entry("groupby", OrderFilters::groupBy));

    private OrderFilters() {}

    private static Object folded(Object value, boolean caseSensitive, Rendering rendering) {
        if (caseSensitive || !(value instanceof String text)) {
            return value;
        }
        rendering.budget().scan(text.length());
        rendering.budget().allocate(text.length());
        return text.toLowerCase(Locale.ROOT);
    }

    private static UnaryOperator<Object> key(BoundArguments arguments, Rendering rendering) {
        var path = AttributePath.of(arguments.get("attribute", None.NONE), rendering);
        boolean caseSensitive = arguments.flag("case_sensitive");
        return item -> folded(path.get(item), caseSensitive, rendering);
    }

    private static Object sort(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
        var items = Iteration.list(value, rendering.budget());
        return new Sorting(rendering)
                .sorted(items, sortKey(bound, rendering), bound.flag("reverse"));
    }

    /**
     * Returns the key to sort by. Several attributes separated by commas make a key of several
     * parts.
     */
    private static UnaryOperator<Object> sortKey(BoundArguments arguments, Rendering rendering) {
        if (!(arguments.get("attribute", None.NONE) instanceof String attributes)) {
            var key = key(arguments, rendering);
            // Items of a list are asked whether they are equal before they are ordered.
            return item -> List.of(key.apply(item));
        }
        boolean caseSensitive = arguments.flag("case_sensitive");
        List<AttributePath> paths = new ArrayList<>();
        for (var attribute : attributes.split(",", -1)) {
            paths.add(AttributePath.of(attribute, rendering));
        }
        return item -> {
            List<Object> key = new ArrayList<>();
            paths.forEach(path -> key.add(folded(path.get(item), caseSensitive, rendering)));
            return key;
        };
    }

    private static Object dictSort(
            Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
        int position =
                switch (bound.textOr("by", "key")) {
                    case "key" -> 0;
                    case "value" -> 1;
                    default ->
                            throw TemplateException.value(
                                    "You can only sort by either \"key\" or \"value\"");
                };
        if (!(value instanceof Map<?, ?> map)) {
            throw value instanceof Undefined undefined
                    ? undefined.failure()
                    : TemplateException.type(
                            "dictsort expects a mapping, not " + PythonType.nameOf(value));
        }
        boolean caseSensitive = bound.flag("case_sensitive");
        rendering.budget().allocateItems(4L * map.size());
        return new Sorting(rendering)
                .sorted(
                        new DictView(DictView.Kind.ITEMS, map).items(),
                        item ->
                                folded(
                                        ((Tuple) item).items().get(position),
                                        caseSensitive,
                                        rendering),
                        bound.flag("reverse"));
    }

    private static Object extreme(
            Object value, BoundArguments arguments, int sign, Rendering rendering) {
        var items = Iteration.list(value, rendering.budget());
        if (items.isEmpty()) {
            return new Undefined("No aggregated item, sequence was empty.");
        }
        var key = key(arguments, rendering);
        var best = items.getFirst();
        var bestKey = key.apply(best);
        for (var item : items.subList(1, items.size())) {
            var itemKey = key.apply(item);
            var order = rendering.comparison().order(itemKey, bestKey, sign < 0 ? "<" : ">");
            if (order != null && order * sign > 0) {
                best = item;
                bestKey = itemKey;
            }
        }
        return best;
    }

    private static Object unique(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var key = key(arguments.bind("unique", "case_sensitive", "attribute"), rendering);
        List<Object> unique = new ArrayList<>();
        Set<Object> texts = new HashSet<>();
        List<Object> others = new ArrayList<>();
        for (var item : Iteration.list(value, rendering.budget())) {
            var itemKey = key.apply(item);
            boolean isNew =
                    itemKey instanceof String text
                            ? texts.add(text)
                            : !rendering.comparison().contains(others, itemKey)
                                    && others.add(itemKey);
            if (isNew) {
                unique.add(item);
            }
        }
        return OneShot.of(unique);
    }

    private static Object groupBy(Object value, EvaluatedArguments arguments, Rendering rendering) {
        var bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
        var path = AttributePath.of(bound.get("attribute"), rendering);
        var otherwise = bound.get("default", None.NONE);
        boolean caseSensitive = bound.flag("case_sensitive");
        UnaryOperator<Object> key =
                item -> folded(path.get(item, otherwise), caseSensitive, rendering);
        var sorted =
                new Sorting(rendering)
                        .sorted(Iteration.list(value, rendering.budget()), key, false);
        List<Object> groups = new ArrayList<>();
        for (int start = 0, end; start < sorted.size(); start = end) {
            var groupKey = key.apply(sorted.get(start));
            end = start + 1;
            while (end < sorted.size()
                    && rendering.comparison().equal(groupKey, key.apply(sorted.get(end)))) {
                end++;
            }
            List<Object> members = new ArrayList<>(sorted.subList(start, end));
            var grouper = path.get(members.getFirst(), otherwise);
            groups.add(new Tuple(List.of(grouper, members), List.of("grouper", "list")));
        }
        return groups;
    }
}
