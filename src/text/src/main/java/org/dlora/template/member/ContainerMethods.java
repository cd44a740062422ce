package org.dlora.template.member;

import java.util.List;
import java.util.Map;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.Builtin;
import org.dlora.template.value.DictView;
import org.dlora.template.value.EvaluatedArguments;
import org.dlora.template.value.None;
import org.dlora.template.value.PythonDict;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Tuple;
import org.jspecify.annotations.Nullable;

/** The methods of lists, tuples and mappings that change nothing. */
final class ContainerMethods {

    private final Rendering rendering;

    ContainerMethods(Rendering rendering) {
        this.rendering = rendering;
    }

    @Nullable Builtin method(Map<?, ?> dict, String name) {
        return switch (name) {
            case "items" -> view(dict, name, DictView.Kind.ITEMS);
            case "keys" -> view(dict, name, DictView.Kind.KEYS);
            case "values" -> view(dict, name, DictView.Kind.VALUES);
            case "get" -> Builtin.method(dict, name, arguments -> get(dict, arguments));
            case "copy" -> Builtin.method(dict, name, _ -> dict);
            default -> null;
        };
    }

    private Builtin view(Map<?, ?> dict, String name, DictView.Kind kind) {
        return Builtin.method(
                dict,
                name,
                arguments -> {
                    arguments.bind(name);
                    rendering.budget().scan(dict.size());
                    return new DictView(kind, dict);
                });
    }

    private static Object get(Map<?, ?> dict, EvaluatedArguments arguments) {
        var bound = arguments.bind("get", "key", "default");
        var value = PythonDict.get(dict, bound.get("key"));
        return value != null ? value : bound.get("default", None.NONE);
    }

    @Nullable Builtin method(List<?> list, String name) {
        return name.equals("copy")
                ? Builtin.method(list, name, _ -> list)
                : search(list, list, name);
    }

    @Nullable Builtin method(Tuple tuple, String name) {
        return search(tuple, tuple.items(), name);
    }

    private @Nullable Builtin search(Object owner, List<?> items, String name) {
        return switch (name) {
            case "count" -> Builtin.method(owner, name, arguments -> count(items, arguments));
            case "index" -> Builtin.method(owner, name, arguments -> index(items, arguments));
            default -> null;
        };
    }

    private Object count(List<?> items, EvaluatedArguments arguments) {
        var wanted = arguments.bind("count", "value").get("value");
        return items.stream().filter(item -> rendering.comparison().equal(item, wanted)).count();
    }

    private Object index(List<?> items, EvaluatedArguments arguments) {
        var wanted = arguments.bind("index", "value").get("value");
        for (int i = 0; i < items.size(); i++) {
            if (rendering.comparison().equal(items.get(i), wanted)) {
                return (long) i;
            }
        }
        throw TemplateException.value(rendering.text().repr(wanted) + " is not in list");
    }
}
