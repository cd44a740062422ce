package org.dlora.template;

import org.dlora.template.TemplateException.Kind;

/**
 * A missing variable, attribute or item. It is false, empty and printed as nothing; every other use
 * fails with {@code message}.
 */
record Undefined(String message, Kind kind) {

    Undefined(String message) {
        this(message, Kind.UNDEFINED);
    }

    static Undefined variable(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    static Undefined attribute(Object owner, String name) {
        return new Undefined(
                "'" + PythonType.describe(owner) + "' has no attribute '" + name + "'");
    }

    static Undefined element(Object owner, String index) {
        return new Undefined(PythonType.describe(owner) + " has no element " + index);
    }

    static Undefined unsafe(Object owner, String name) {
        return new Undefined(
                "access to attribute '"
                        + name
                        + "' of '"
                        + PythonType.nameOf(owner)
                        + "' object is unsafe.",
                Kind.SECURITY);
    }

    TemplateException failure() {
        return TemplateException.of(kind, message);
    }
}
