package org.dlora.template.member;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dlora.template.value.Callable;
import org.dlora.template.value.LoopContext;
import org.dlora.template.value.Namespace;
import org.dlora.template.value.PythonDict;
import org.dlora.template.value.PythonInteger;
import org.dlora.template.value.Range;
import org.dlora.template.value.Rendering;
import org.dlora.template.value.Tuple;
import org.dlora.template.value.Undefined;
import org.jspecify.annotations.Nullable;

/**
 * {@code value.name} and {@code value[key]}. A name is looked up among the attributes of the Python
 * type first, a key among the items first. Each falls back on the other, as in jinja2's immutable
 * sandbox.
 */
public final class MemberAccess {

    private static final Set<String> LIST_CHANGES =
            Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");
    private static final Set<String> DICT_CHANGES =
            Set.of("clear", "pop", "popitem", "setdefault", "update");

    private final Rendering rendering;
    private final ContainerMethods containers;
    private final StringMethods strings;

    public MemberAccess(Rendering rendering) {
        this.rendering = rendering;
        this.containers = new ContainerMethods(rendering);
        this.strings = new StringMethods(rendering);
    }

    public Object attribute(Object owner, String name) {
        if (owner instanceof Undefined undefined) {
            throw undefined.failure();
        }
        var attribute = pythonAttribute(owner, name);
        if (attribute != null) {
            return attribute;
        }
        if (owner instanceof Map<?, ?> map) {
            var value = map.get(name);
            if (value != null) {
                return value;
            }
        }
        return Undefined.attribute(owner, name);
    }

    public Object item(Object owner, Object key) {
        if (owner instanceof Undefined undefined) {
            throw undefined.failure();
        }
        var item = pythonItem(owner, key);
        if (item != null) {
            return item;
        }
        if (!(key instanceof String name)) {
            return Undefined.element(owner, rendering.text().repr(key));
        }
        var attribute = pythonAttribute(owner, name);
        return attribute != null ? attribute : Undefined.attribute(owner, name);
    }

    private @Nullable Object pythonItem(Object owner, Object key) {
        if (owner instanceof Map<?, ?> map) {
            return key instanceof List<?> || key instanceof Map<?, ?> || key instanceof Tuple
                    ? null
                    : PythonDict.get(map, key);
        }
        if (!PythonInteger.is(key)) {
            return null;
        }
        int index = PythonInteger.clamp(key);
        return switch (owner) {
            case List<?> list -> itemAt(list, index);
            case Tuple tuple -> itemAt(tuple.items(), index);
            case String text -> characterAt(text, index);
            default -> null;
        };
    }

    private static @Nullable Object itemAt(List<?> items, int index) {
        int position = index < 0 ? index + items.size() : index;
        return position < 0 || position >= items.size() ? null : items.get(position);
    }

    private @Nullable Object characterAt(String text, int index) {
        rendering.budget().scan(text.length());
        int length = text.codePointCount(0, text.length());
        int position = index < 0 ? index + length : index;
        return position < 0 || position >= length
                ? null
                : Character.toString(text.codePointAt(text.offsetByCodePoints(0, position)));
    }

    private @Nullable Object pythonAttribute(Object owner, String name) {
        if (owner instanceof Namespace namespace) {
            return namespace.get(name);
        }
        if (name.startsWith("__") && name.endsWith("__")) {
            return Undefined.unsafe(owner, name);
        }
        return switch (owner) {
            case String text -> strings.method(text, name);
            case Range _ -> null;
            case List<?> list ->
                    LIST_CHANGES.contains(name)
                            ? Undefined.unsafe(owner, name)
                            : containers.method(list, name);
            case Map<?, ?> map ->
                    DICT_CHANGES.contains(name)
                            ? Undefined.unsafe(owner, name)
                            : containers.method(map, name);
            case Tuple tuple -> {
                int field = tuple.fields().indexOf(name);
                yield field >= 0 ? tuple.items().get(field) : containers.method(tuple, name);
            }
            case LoopContext loop -> loop.attribute(name);
            case Callable callable -> callable.attribute(name);
            default -> null;
        };
    }
}
