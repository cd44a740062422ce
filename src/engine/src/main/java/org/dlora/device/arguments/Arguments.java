package org.dlora.device.arguments;

import java.util.function.Supplier;
import org.dlora.device.Activations;
import org.dlora.tensor.DType;

/**
 * Checks of the arguments of operations, the same on all devices. An {@link
 * IllegalArgumentException} names the argument and what it does not fit.
 */
public final class Arguments {
    private Arguments() {}

    public static void check(boolean condition, Supplier<String> message) {
        if (!condition) {
            throw new IllegalArgumentException(message.get());
        }
    }

    /**
     * Returns {@code memory} as a device's own.
     *
     * @param device in words, such as {@code a GPU}
     * @throws IllegalArgumentException if it is another kind of device's
     */
    public static <T> T own(Class<T> type, Object memory, String device) {
        check(type.isInstance(memory), () -> "%s is not memory of %s".formatted(memory, device));
        return type.cast(memory);
    }

    public static void rows(int rows, Activations... buffers) {
        for (Activations buffer : buffers) {
            check(
                    rows >= 0 && rows <= buffer.rows(),
                    () -> "%d rows: the buffer has %d".formatted(rows, buffer.rows()));
        }
    }

    /** Checks a dtype that matrices and caches are kept in. */
    public static void storage(String what, DType dtype) {
        check(
                dtype == DType.F32 || dtype == DType.BF16,
                () -> "%s %s: expected F32 or BF16".formatted(what, dtype));
    }

    public static void width(Activations buffer, String name, int width) {
        check(
                buffer.width() == width,
                () -> "%s has width %d: expected %d".formatted(name, buffer.width(), width));
    }

    /** Checks an index of {@code what}, of which there are {@code size}. */
    public static void index(String what, int index, int size) {
        check(index >= 0 && index < size, () -> "%s %d: there are %d".formatted(what, index, size));
    }

    /** Checks that {@code out} has one element for each row. */
    public static void oneForEach(int[] rows, int[] out) {
        check(
                out.length == rows.length,
                () ->
                        "array of %d: expected %d, one for each row"
                                .formatted(out.length, rows.length));
    }

    /** Checks indices of {@code what}. */
    public static void indices(String what, int[] indices, int size) {
        for (int index : indices) {
            index(what, index, size);
        }
    }
}
