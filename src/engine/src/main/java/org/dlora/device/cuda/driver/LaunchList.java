package org.dlora.device.cuda.driver;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Launches of kernels with all that they were given, in their order. Two lists are equal if they
 * would do the same, so that a graph made of one does for the other.
 */
final class LaunchList {
    /** Grid, threads, dynamic shared memory, bytes of arguments. */
    private static final int SHAPE = 6;

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private Kernel[] kernels;
    private int[] shapes;
    private byte[] arguments;
    private int count;
    private int argumentBytes;

    LaunchList() {
        this(new Kernel[256], new int[256 * SHAPE], new byte[1 << 14]);
    }

    private LaunchList(Kernel[] kernels, int[] shapes, byte[] arguments) {
        this.kernels = kernels;
        this.shapes = shapes;
        this.arguments = arguments;
    }

    /**
     * Adds a launch.
     *
     * @param from its arguments, in multiples of 8 bytes
     */
    void add(Kernel kernel, int x, int y, int z, int threads, int shared, MemorySegment from) {
        int bytes = (int) from.byteSize();
        if (count == kernels.length) {
            kernels = Arrays.copyOf(kernels, 2 * count);
            shapes = Arrays.copyOf(shapes, 2 * count * SHAPE);
        }
        if (argumentBytes + bytes > arguments.length) {
            arguments = Arrays.copyOf(arguments, 2 * (argumentBytes + bytes));
        }
        kernels[count] = kernel;
        int at = count * SHAPE;
        shapes[at] = x;
        shapes[at + 1] = y;
        shapes[at + 2] = z;
        shapes[at + 3] = threads;
        shapes[at + 4] = shared;
        shapes[at + 5] = bytes;
        MemorySegment.copy(from, JAVA_BYTE, 0, arguments, argumentBytes, bytes);
        argumentBytes += bytes;
        count++;
    }

    int size() {
        return count;
    }

    void clear() {
        count = 0;
        argumentBytes = 0;
    }

    /** Launches all of them. */
    void launch(Stream stream) {
        var all = MemorySegment.ofArray(arguments);
        int next = 0;
        for (int i = 0; i < count; i++) {
            int at = i * SHAPE;
            int bytes = shapes[at + 5];
            kernels[i].launchNow(
                    stream,
                    shapes[at],
                    shapes[at + 1],
                    shapes[at + 2],
                    shapes[at + 3],
                    shapes[at + 4],
                    all.asSlice(next, bytes));
            next += bytes;
        }
    }

    /** Returns a list of its own with the same launches. */
    LaunchList copy() {
        var copy =
                new LaunchList(
                        Arrays.copyOf(kernels, count),
                        Arrays.copyOf(shapes, count * SHAPE),
                        Arrays.copyOf(arguments, argumentBytes));
        copy.count = count;
        copy.argumentBytes = argumentBytes;
        return copy;
    }

    @Override
    public boolean equals(@Nullable Object o) {
        return o instanceof LaunchList other
                && count == other.count
                && argumentBytes == other.argumentBytes
                && Arrays.equals(kernels, 0, count, other.kernels, 0, count)
                && Arrays.equals(shapes, 0, count * SHAPE, other.shapes, 0, count * SHAPE)
                && Arrays.equals(arguments, 0, argumentBytes, other.arguments, 0, argumentBytes);
    }

    @Override
    public int hashCode() {
        long hash = count;
        for (int i = 0; i < count * SHAPE; i++) {
            hash = 31 * hash + shapes[i];
        }
        for (int i = 0; i < argumentBytes; i += Long.BYTES) {
            hash = (hash ^ (long) LONG.get(arguments, i)) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 32;
        }
        return Long.hashCode(hash);
    }
}
