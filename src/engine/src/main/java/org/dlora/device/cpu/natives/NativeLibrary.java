package org.dlora.device.cpu.natives;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import com.sun.management.VMOption.Origin;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The C kernels of {@code kernels/cpu}, if the build had a compiler for them, the processor has
 * AVX-512, and the JVM may use that and call them. They are copied from the class path to a
 * temporary file, loaded once and stay loaded.
 *
 * <p>Pointers go as numbers, from segments that are checked to be alive: a segment itself would be
 * locked against closing by every call, which costs the threads more than the call.
 */
public final class NativeLibrary {
    /** {@code DLORA_ABI} of the header this class was written for. */
    private static final int ABI = 12;

    /** Bytes of a library, so that a damaged entry of the jar is not copied for ever. */
    private static final int LARGEST = 16 << 20;

    /** {@code DLORA_PROCESSOR_BYTES}. */
    private static final int PROCESSOR_BYTES = 64;

    /** {@code DLORA_AMX_REFUSED}. */
    private static final int AMX_REFUSED = 8;

    /** {@code DLORA_AVX512_VNNI}. */
    private static final int AVX512_VNNI = 16;

    /** Option of a JVM on x86-64: the highest level of AVX that it may use. */
    private static final String AVX_OPTION = "UseAVX";

    /** Least level that allows AVX-512. */
    private static final int AVX512_LEVEL = 3;

    /** Origins of an option that nobody has given. */
    private static final Set<Origin> BY_ITSELF = Set.of(Origin.DEFAULT, Origin.ERGONOMIC);

    private final SymbolLookup symbols;
    private final int features;

    private NativeLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
        int abi = answer("dlora_abi");
        if (abi != ABI) {
            throw new IllegalArgumentException(
                    "it has interface %d, this program %d: build it anew".formatted(abi, ABI));
        }
        features = answer("dlora_features");
    }

    /**
     * The library, or why there is none.
     *
     * @param library null if there is none
     * @param reason empty if there is one
     */
    public record Attempt(@Nullable NativeLibrary library, String reason) {
        static Attempt failed(String reason) {
            return new Attempt(null, reason);
        }
    }

    /** Always the same answer; the first call loads. */
    public static Attempt attempt() {
        return Loaded.ATTEMPT;
    }

    private static final class Loaded {
        static final Attempt ATTEMPT = load();
    }

    private static Attempt load() {
        String refused = refusal();
        if (!refused.isEmpty()) {
            return Attempt.failed(refused);
        }
        String resource = resource();
        try (InputStream in = NativeLibrary.class.getResourceAsStream(resource)) {
            if (in == null) {
                return Attempt.failed("this build has no " + resource.substring(1));
            }
            return check(new NativeLibrary(open(in, resource)));
        } catch (IOException | IllegalArgumentException e) {
            return Attempt.failed(resource.substring(1) + " cannot be loaded: " + e.getMessage());
        } catch (IllegalCallerException e) {
            return Attempt.failed("the JVM forbids native code: " + e.getMessage());
        }
    }

    /**
     * Returns why AVX-512 may not be used, empty if it may. {@code -XX:UseAVX=2} makes the
     * processor one without AVX-512, for the JVM and for the kernels in C alike.
     */
    private static String refusal() {
        var hotspot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (hotspot == null) {
            return "";
        }
        VMOption option;
        try {
            option = hotspot.getVMOption(AVX_OPTION);
        } catch (IllegalArgumentException _) {
            // A JVM of another architecture has no such option.
            return "";
        }
        boolean given = !BY_ITSELF.contains(option.getOrigin());
        return given && Integer.parseInt(option.getValue()) < AVX512_LEVEL
                ? "-XX:%s=%s rules out AVX-512".formatted(AVX_OPTION, option.getValue())
                : "";
    }

    private static String resource() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String architecture = System.getProperty("os.arch");
        boolean mac = system.startsWith("mac");
        return "/native/%s-%s/libdlora.%s"
                .formatted(
                        mac ? "macos" : system.startsWith("windows") ? "windows" : "linux",
                        architecture.equals("amd64") ? "x86_64" : architecture,
                        mac ? "dylib" : "so");
    }

    @SuppressWarnings("restricted")
    private static SymbolLookup open(InputStream in, String resource) throws IOException {
        Path file =
                Files.createTempFile("dlora-", resource.substring(resource.lastIndexOf('/') + 1));
        try {
            Files.write(file, in.readNBytes(LARGEST));
            return SymbolLookup.libraryLookup(file, Arena.global());
        } finally {
            // A loaded library stays readable without its name.
            Files.delete(file);
        }
    }

    private static Attempt check(NativeLibrary library) {
        return library.families().contains(KernelFamily.AVX512)
                ? new Attempt(library, "")
                : Attempt.failed("the processor has no AVX-512");
    }

    /** Returns the families that the processor and the system can run. */
    public Set<KernelFamily> families() {
        return KernelFamily.of(features);
    }

    /** Returns whether the processor has AMX and the system keeps it from this process. */
    public boolean isAmxRefused() {
        return (features & AMX_REFUSED) != 0;
    }

    /** Returns whether the processor has dot products of 8-bit integers. */
    public boolean hasIntegerProducts() {
        return (features & AVX512_VNNI) != 0;
    }

    /** Returns why there is no such family here, which {@link #families} lacks. */
    public String missing(KernelFamily family) {
        return switch (family) {
            case AMX ->
                    isAmxRefused()
                            ? "the operating system does not let this process use AMX"
                            : "the processor has no AMX for bfloat16, or the build's compiler does not know it";
            case AVX512_BF16, AMX_EMULATED -> "the processor has no AVX-512 BF16";
            case AVX512, JAVA -> "the processor has no AVX-512";
        };
    }

    /** Returns a number that changes with the functions of the library. */
    public int version() {
        return ABI;
    }

    /** Returns the processor's name and signature. */
    public String processor() {
        var write = procedure("dlora_processor", ValueLayout.JAVA_LONG);
        try (var arena = Arena.ofConfined()) {
            var name = arena.allocate(PROCESSOR_BYTES);
            call(() -> {
                write.invokeExact(name.address());
            });
            return name.getString(0).strip();
        }
    }

    private int answer(String name) {
        try {
            return (int) function(name, ValueLayout.JAVA_INT).invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(name + " failed", e);
        }
    }

    /**
     * A function of the library that returns {@code result}.
     *
     * @throws IllegalStateException if there is none of that name
     */
    public MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return function(name, FunctionDescriptor.of(result, arguments));
    }

    /** A function of the library that returns nothing. */
    public MethodHandle procedure(String name, MemoryLayout... arguments) {
        return function(name, FunctionDescriptor.ofVoid(arguments));
    }

    /**
     * A call of a {@link #procedure}, which by its type may throw anything and in fact does not.
     */
    @FunctionalInterface
    public interface NativeCall {
        void run() throws Throwable;
    }

    /** Runs {@code call}; what its arguments throw goes through. */
    public static void call(NativeCall call) {
        try {
            call.run();
        } catch (Throwable e) {
            throw rethrown(e);
        }
    }

    /** Throws what a call threw, none of which is checked. */
    public static IllegalStateException rethrown(Throwable e) {
        switch (e) {
            case RuntimeException r -> throw r;
            case Error r -> throw r;
            default -> throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted")
    private MethodHandle function(String name, FunctionDescriptor descriptor) {
        var address =
                symbols.find(name)
                        .orElseThrow(() ->
                                new IllegalStateException("the native library has no " + name));
        return Linker.nativeLinker().downcallHandle(address, descriptor);
    }
}
