package org.dlora.template.filter;

import java.util.HashMap;
import java.util.Map;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Rendering;

/** The filters by name. */
public final class FilterRegistry {

    @FunctionalInterface
    public interface Filter {
        Object apply(Object input, EvaluatedArguments arguments, Rendering rendering);
    }

    private static final Map<String, Filter> BY_NAME = all();

    private FilterRegistry() {}

    private static Map<String, Filter> all() {
        var filters = new HashMap<String, Filter>();
        filters.putAll(TextFilters.ALL);
        filters.putAll(NumberFilters.ALL);
        filters.putAll(SequenceFilters.ALL);
        filters.putAll(SelectionFilters.ALL);
        filters.putAll(OrderFilters.ALL);
        return Map.copyOf(filters);
    }

    public static boolean exists(String name) {
        return BY_NAME.containsKey(name);
    }

    public static Filter named(String name) {
        var filter = BY_NAME.get(name);
        if (filter == null) {
            throw TemplateException.value("No filter named '" + name + "'.");
        }
        return filter;
    }
}
