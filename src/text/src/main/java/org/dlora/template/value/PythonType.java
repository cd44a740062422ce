package org.dlora.template.value;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** A value's type in Python: its name and whether the value is true. */
public final class PythonType {

    private PythonType() {}

    public static String nameOf(Object value) {
        return switch (value) {
            case None _ -> "NoneType";
            case Boolean _ -> "bool";
            case Long _, BigInteger _ -> "int";
            case Double _ -> "float";
            case String _ -> "str";
            case Range _ -> "range";
            case List<?> _ -> "list";
            case Tuple _ -> "tuple";
            case Map<?, ?> _ -> "dict";
            case DictView view -> view.typeName();
            case OneShot _ -> "generator";
            case Undefined _ -> "Undefined";
            case Namespace _ -> "Namespace";
            case LoopContext _ -> "LoopContext";
            case Callable callable -> callable.typeName();
            default -> throw new IllegalStateException("not a template value: " + value.getClass());
        };
    }

    /** Returns the type as jinja2's messages about undefined values name it. */
    static String describe(Object value) {
        return value == None.NONE ? "None" : nameOf(value) + " object";
    }

    public static boolean truthy(Object value) {
        return switch (value) {
            case None _ -> false;
            case Boolean bool -> bool;
            case Long number -> number != 0;
            case BigInteger _ -> true;
            case Double number -> number != 0;
            case String text -> !text.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Tuple tuple -> !tuple.items().isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            case DictView view -> !view.source().isEmpty();
            case Undefined _ -> false;
            default -> true;
        };
    }
}
