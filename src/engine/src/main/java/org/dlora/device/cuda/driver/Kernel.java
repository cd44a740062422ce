package org.dlora.device.cuda.driver;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jcuda.driver.CUfunction;
import jcuda.driver.JCudaDriver;

/**
 * A kernel with room for its arguments. They are given in their order, and then it is launched; no
 * object is made. One thread uses it.
 */
public final class Kernel {
    /** Largest argument: a structure of at most so many bytes. */
    private static final int SLOT = 80;

    private final String call;
    private final CUfunction function;
    private final int count;
    private final MemorySegment arguments;
    private final MemorySegment addresses;
    private final HostAddress parameters;
    private int next;

    /** Bytes of the arguments given so far, each on a boundary of 8 bytes. */
    private long used;

    /**
     * @param count arguments that it has
     */
    Kernel(String name, CUfunction function, int count, Arena arena) {
        this.call = "cuLaunchKernel of " + name;
        this.function = function;
        this.count = count;
        this.arguments = arena.allocate((long) SLOT * count, 16);
        this.addresses = arena.allocate(JAVA_LONG, count);
        this.parameters = new HostAddress(addresses);
    }

    private long slot(long bytes) {
        if (next == count) {
            throw new IllegalStateException("%s: it has %d arguments".formatted(call, count));
        }
        long at = used;
        addresses.setAtIndex(JAVA_LONG, next++, arguments.address() + at);
        used += Math.ceilDiv(bytes, 8L) * 8;
        return at;
    }

    /** Gives an address, or 0. */
    public Kernel address(long value) {
        arguments.set(JAVA_LONG, slot(8), value);
        return this;
    }

    public Kernel number(int value) {
        arguments.set(JAVA_INT, slot(4), value);
        return this;
    }

    public Kernel number(long value) {
        arguments.set(JAVA_LONG, slot(8), value);
        return this;
    }

    public Kernel number(float value) {
        arguments.set(JAVA_FLOAT, slot(4), value);
        return this;
    }

    public Kernel number(boolean value) {
        return number(value ? 1 : 0);
    }

    /** Gives a structure. */
    public Kernel structure(MemorySegment value) {
        MemorySegment.copy(value, 0, arguments, slot(value.byteSize()), value.byteSize());
        return this;
    }

    /** Launches a line of blocks; none at all if there are none. */
    public void launch(Stream stream, int blocks, int threads) {
        launch(stream, blocks, 1, 1, threads, 0);
    }

    /**
     * Launches a grid; nothing at all if it is empty.
     *
     * @param sharedBytes dynamic shared memory of a block
     */
    public void launch(Stream stream, int x, int y, int z, int threads, int sharedBytes) {
        if (next != count) {
            throw new IllegalStateException(
                    "%s: %d of %d arguments were given".formatted(call, next, count));
        }
        var given = arguments.asSlice(0, used);
        next = 0;
        used = 0;
        if (x > 0 && y > 0 && z > 0) {
            var held = stream.held();
            if (held == null) {
                issue(stream, x, y, z, threads, sharedBytes);
            } else {
                held.add(this, x, y, z, threads, sharedBytes, given);
            }
        }
    }

    /** Launches it with arguments that it was given before. */
    void launchNow(
            Stream stream, int x, int y, int z, int threads, int sharedBytes, MemorySegment given) {
        arguments.copyFrom(given);
        issue(stream, x, y, z, threads, sharedBytes);
    }

    private void issue(Stream stream, int x, int y, int z, int threads, int sharedBytes) {
        CudaException.check(
                JCudaDriver.cuLaunchKernel(
                        function,
                        x,
                        y,
                        z,
                        threads,
                        1,
                        1,
                        sharedBytes,
                        stream.stream,
                        parameters,
                        null),
                call);
    }
}
