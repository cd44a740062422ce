package org.dlora.device.cuda.memory;

import java.util.function.Supplier;

/**
 * Checks of the arguments of operations. An {@link IllegalArgumentException} names the argument and
 * what it does not fit.
 */
public final class CudaArguments {
    private CudaArguments() {}

    public static void check(boolean condition, Supplier<String> message) {
        if (!condition) {
            throw new IllegalArgumentException(message.get());
        }
    }

    /**
     * Returns {@code memory} as memory of a GPU.
     *
     * @throws IllegalArgumentException if it is another kind of device's
     */
    public static <T> T own(Class<T> type, Object memory) {
        check(type.isInstance(memory), () -> memory + " is not memory of a GPU");
        return type.cast(memory);
    }

    public static void rows(int rows, CudaActivations... buffers) {
        for (CudaActivations buffer : buffers) {
            check(
                    rows >= 0 && rows <= buffer.rows(),
                    () -> "%d rows: the buffer has %d".formatted(rows, buffer.rows()));
        }
    }

    public static void width(CudaActivations buffer, String name, int width) {
        check(
                buffer.width() == width,
                () -> "%s has width %d: expected %d".formatted(name, buffer.width(), width));
    }

    /** Checks an index of {@code what}, of which there are {@code size}. */
    public static void index(String what, int index, int size) {
        check(index >= 0 && index < size, () -> "%s %d: there are %d".formatted(what, index, size));
    }

    /** Checks indices of {@code what}. */
    public static void indices(String what, int[] indices, int size) {
        for (int index : indices) {
            index(what, index, size);
        }
    }
}
