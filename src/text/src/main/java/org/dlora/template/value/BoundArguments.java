package org.dlora.template.value;

import java.util.Map;
import org.dlora.template.sandbox.TemplateException;

/**
 * EvaluatedArguments by parameter name, with the conversions that Python's own functions insist on.
 */
public record BoundArguments(String callee, Map<String, Object> values) {

    public boolean has(String name) {
        return values.getOrDefault(name, None.NONE) != None.NONE;
    }

    public Object get(String name, Object otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    public Object get(String name) {
        var value = values.get(name);
        if (value == null) {
            throw TemplateException.type(callee + "() missing required argument '" + name + "'");
        }
        return value;
    }

    public String text(String name) {
        return text(name, get(name));
    }

    /** Returns the given text, or {@code otherwise} where the argument is absent or none. */
    public String textOr(String name, String otherwise) {
        return has(name) ? text(name, get(name)) : otherwise;
    }

    private String text(String name, Object value) {
        if (value instanceof String text) {
            return text;
        }
        throw TemplateException.type(
                callee + "() argument '" + name + "' must be str, not " + PythonType.nameOf(value));
    }

    public int integer(String name) {
        return integerOf(name, get(name));
    }

    /**
     * Returns the given integer, clamped to 32 bits, or {@code otherwise} where the argument is
     * absent or none.
     */
    public int integerOr(String name, int otherwise) {
        return has(name) ? integerOf(name, get(name)) : otherwise;
    }

    private int integerOf(String name, Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!PythonInteger.is(value)) {
            throw TemplateException.type(
                    callee
                            + "() argument '"
                            + name
                            + "' must be int, not "
                            + PythonType.nameOf(value));
        }
        return PythonInteger.clamp(value);
    }

    public boolean flag(String name) {
        return PythonType.truthy(values.getOrDefault(name, false));
    }
}
