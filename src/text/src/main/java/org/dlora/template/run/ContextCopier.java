package org.dlora.template.run;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dlora.template.sandbox.Sandbox;
import org.dlora.template.sandbox.TemplateException;
import org.dlora.template.value.None;
import org.dlora.template.value.PythonDict;
import org.dlora.template.value.PythonInteger;
import org.jspecify.annotations.Nullable;

/** Copies the host's variables to template values, so that a template can reach nothing else. */
public final class ContextCopier {

    private ContextCopier() {}

    public static Object copy(@Nullable Object value) {
        return copy(value, 0);
    }

    private static Object copy(@Nullable Object value, int nesting) {
        if (nesting > Sandbox.MAX_NESTING) {
            throw TemplateException.limit(
                    "a context value is nested more than " + Sandbox.MAX_NESTING + " deep");
        }
        return switch (value) {
            case null -> None.NONE;
            case String text -> text;
            case Boolean bool -> bool;
            case Long number -> number;
            case Integer number -> (long) number;
            case Short number -> (long) number;
            case Byte number -> (long) number;
            case BigInteger number -> PythonInteger.of(number);
            case Double number -> number;
            case Float number -> (double) number;
            case BigDecimal number -> number.doubleValue();
            case List<?> list -> {
                List<Object> copy = new ArrayList<>(list.size());
                for (var item : list) {
                    copy.add(copy(item, nesting + 1));
                }
                yield copy;
            }
            case Map<?, ?> map -> {
                var copy = new LinkedHashMap<Object, Object>();
                for (var entry : map.entrySet()) {
                    PythonDict.put(
                            copy,
                            copy(entry.getKey(), nesting + 1),
                            copy(entry.getValue(), nesting + 1));
                }
                yield copy;
            }
            default ->
                    throw TemplateException.type(
                            "a context value is a "
                                    + value.getClass().getName()
                                    + ": expected null, Boolean, Number, String, List or Map");
        };
    }
}
