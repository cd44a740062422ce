package org.dlora.template.value;

import java.math.BigInteger;
import java.util.Map;
import org.dlora.template.sandbox.TemplateException;
import org.jspecify.annotations.Nullable;

/** Mappings with Python's equality of keys: {@code 1}, {@code 1.0} and {@code True} are one key. */
public final class PythonDict {

    private PythonDict() {}

    public static @Nullable Object get(Map<?, ?> map, Object key) {
        var existing = existingKey(map, key);
        return existing == null ? null : map.get(existing);
    }

    public static void put(Map<Object, Object> map, Object key, Object value) {
        var existing = existingKey(map, key);
        map.put(existing == null ? key : existing, value);
    }

    private static @Nullable Object existingKey(Map<?, ?> map, Object key) {
        checkHashable(key);
        if (map.containsKey(key)) {
            return key;
        }
        if (key instanceof Double number
                && number == Math.rint(number)
                && Math.abs(number) < 1L << 53) {
            return existingInteger(map, number.longValue());
        }
        return switch (key) {
            case Boolean bool -> existingInteger(map, bool ? 1L : 0L);
            case Long number -> existingInteger(map, number);
            default -> null;
        };
    }

    private static @Nullable Object existingInteger(Map<?, ?> map, long number) {
        if (map.containsKey(number)) {
            return number;
        }
        if (map.containsKey((double) number)) {
            return (double) number;
        }
        return number >> 1 == 0 && map.containsKey(number == 1) ? (Object) (number == 1) : null;
    }

    /**
     * Refuses keys that are not scalars. Python's tuples as keys are left out, because hashing
     * nested values has no bound.
     */
    private static void checkHashable(Object key) {
        switch (key) {
            case String _, Long _, BigInteger _, Boolean _, Double _, None _, Undefined _ -> {}
            default ->
                    throw TemplateException.type(
                            "unhashable type: '"
                                    + PythonType.nameOf(key)
                                    + "': keys are strings, numbers, booleans or none");
        }
    }
}
