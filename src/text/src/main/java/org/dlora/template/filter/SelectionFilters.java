package org.dlora.template.filter;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.dlora.template.filter.FilterRegistry.Filter;
import org.dlora.template.member.AttributePath;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.Iteration;
import org.dlora.template.value.None;
import org.dlora.template.value.OneShot;
import org.dlora.template.value.PythonType;
import org.dlora.template.value.Rendering;

/** The filters that apply another filter or a test to every item. */
final class SelectionFilters {

    static final Map<String, Filter> ALL =
            Map.ofEntries(
                    entry("map", SelectionFilters::map),
                    entry("select", (value, a, r) -> choose(value, () -> test(a, r), true, r)),
                    entry("reject", (value, a, r) -> choose(value, () -> test(a, r), false, r)),
                    entry(
                            "selectattr",
                            (value, a, r) -> choose(value, () -> attributeTest(a, r), true, r)),
                    entry(
                            "rejectattr",
                            (value, a, r) -> choose(value, () -> attributeTest(a, r), false, r)));

    private SelectionFilters() {}

    private static Object map(Object value, EvaluatedArguments arguments, Rendering rendering) {
        List<Object> mapped = new ArrayList<>();
        if (PythonType.truthy(value)) {
            var mapping = mapping(arguments, rendering);
            for (var item : Iteration.list(value, rendering.budget())) {
                rendering.budget().step();
                mapped.add(mapping.apply(item));
            }
        }
        return OneShot.of(mapped);
    }

    private static UnaryOperator<Object> mapping(
            EvaluatedArguments arguments, Rendering rendering) {
        if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
            var bound = arguments.bind("map", "attribute", "default");
            var path = AttributePath.of(bound.get("attribute"), rendering);
            var otherwise = bound.get("default", None.NONE);
            return item -> path.get(item, otherwise);
        }
        var name = name(arguments, 0, "map requires a filter argument");
        var filter = FilterRegistry.named(name);
        return item -> filter.apply(item, arguments.dropFirst(1), rendering);
    }

    /** Chooses items. As in jinja2, nothing asks for the test where there are none. */
    private static Object choose(
            Object value, Supplier<Predicate<Object>> source, boolean wanted, Rendering rendering) {
        List<Object> chosen = new ArrayList<>();
        if (PythonType.truthy(value)) {
            var test = source.get();
            for (var item : Iteration.list(value, rendering.budget())) {
                rendering.budget().step();
                if (test.test(item) == wanted) {
                    chosen.add(item);
                }
            }
        }
        return OneShot.of(chosen);
    }

    /** Returns the test named by the first argument; the item's own truth where there is none. */
    private static Predicate<Object> test(EvaluatedArguments arguments, Rendering rendering) {
        if (arguments.positional().isEmpty()) {
            return PythonType::truthy;
        }
        var test = TestRegistry.named(name(arguments, 0, ""));
        return item -> test.test(item, arguments.dropFirst(1), rendering);
    }

    private static Predicate<Object> attributeTest(
            EvaluatedArguments arguments, Rendering rendering) {
        if (arguments.positional().isEmpty()) {
            throw TemplateException.value("Missing parameter for attribute name");
        }
        var path = AttributePath.of(arguments.positional().getFirst(), rendering);
        var test = test(arguments.dropFirst(1), rendering);
        return item -> test.test(path.get(item));
    }

    private static String name(EvaluatedArguments arguments, int position, String missing) {
        if (position >= arguments.positional().size()) {
            throw TemplateException.value(missing);
        }
        var name = arguments.positional().get(position);
        if (name instanceof String text) {
            return text;
        }
        throw TemplateException.type(
                "the name of a filter or test must be str, not " + PythonType.nameOf(name));
    }
}
