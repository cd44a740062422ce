package org.dlora.device.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.dlora.device.cuda.driver.Driver;

/** Controls of the stand-in for NVIDIA's driver ({@code kernels/emulator/driver/standin.h}). */
public final class StandIn {
    public static final int INVALID_VALUE = 1;
    public static final int OUT_OF_MEMORY = 2;
    public static final int ILLEGAL_ADDRESS = 700;
    public static final int LAUNCH_OUT_OF_RESOURCES = 701;
    public static final int LAUNCH_FAILED = 719;

    private StandIn() {}

    @SuppressWarnings("restricted") // A library of the tests.
    private static MethodHandle function(String name, FunctionDescriptor of) {
        var library =
                SymbolLookup.libraryLookup(
                        Path.of(System.getProperty(Driver.LIBRARY)), Arena.global());
        return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), of);
    }

    /**
     * Lets a call fail once.
     *
     * @param call a name of the driver API, or a kind, as {@code launch}
     * @param after such calls before it
     */
    public static void failNext(String call, int result, int after) {
        try {
            // The library keeps the name.
            function("standin_fail_next", FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT))
                    .invokeExact(Arena.global().allocateFrom(call), result, after);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Changes a setting of the environment, where the library reads it, until the result is closed.
     */
    public static AutoCloseable with(String setting, String value) {
        setEnvironment(setting, value);
        return () -> setEnvironment(setting, "");
    }

    /** A setting without a value is one that is not there. */
    @SuppressWarnings("restricted") // A function of the C library.
    private static void setEnvironment(String setting, String value) {
        try (var arena = Arena.ofConfined()) {
            var linker = Linker.nativeLinker();
            int _ =
                    (int)
                            linker.downcallHandle(
                                            linker.defaultLookup().findOrThrow("setenv"),
                                            FunctionDescriptor.of(
                                                    JAVA_INT, ADDRESS, ADDRESS, JAVA_INT))
                                    .invokeExact(
                                            arena.allocateFrom(setting),
                                            arena.allocateFrom(value),
                                            1);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns the calls of a name or a kind so far. */
    public static long calls(String call) {
        try (var arena = Arena.ofConfined()) {
            return (long)
                    function("standin_calls", FunctionDescriptor.of(JAVA_LONG, ADDRESS))
                            .invokeExact(arena.allocateFrom(call));
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
