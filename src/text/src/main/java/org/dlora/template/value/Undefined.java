package org.dlora.template.value;

import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.sandbox.TemplateException.Kind;

/**
 * A missing variable, attribute or item. It is false, empty and printed as nothing; every other use
 * fails with {@code message}.
 */
public record Undefined(String message, Kind kind) {

    public Undefined(String message) {
        this(message, Kind.UNDEFINED);
    }

    public static Undefined variable(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    public static Undefined attribute(Object owner, String name) {
        return new Undefined(
                "'" + PythonType.describe(owner) + "' has no attribute '" + name + "'");
    }

    public static Undefined element(Object owner, String index) {
        return new Undefined(PythonType.describe(owner) + " has no element " + index);
    }

    public static Undefined unsafe(Object owner, String name) {
        return new Undefined(
                "access to attribute '"
                        + name
                        + "' of '"
                        + PythonType.nameOf(owner)
                        + "' object is unsafe.",
                Kind.SECURITY);
    }

    public TemplateException failure() {
        return TemplateException.of(kind, message);
    }
}
