package org.dlora.template.value;

import org.jspecify.annotations.Nullable;

/** A value that a template can call. */
public interface Callable {

    Object call(EvaluatedArguments arguments);

    /** Returns the printed form that Python would show. */
    String text();

    /** Returns the name of the value's type in Python. */
    default String typeName() {
        return "builtin_function_or_method";
    }

    /** Returns the attribute of that name, or null if there is none. */
    default @Nullable Object attribute(String name) {
        return null;
    }
}
