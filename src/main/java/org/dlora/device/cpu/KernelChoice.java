package org.dlora.device.cpu;

import static java.lang.System.Logger.Level.INFO;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.device.cpu.attention.AttentionKernels;
import org.dlora.device.cpu.attention.JavaAttention;
import org.dlora.device.cpu.attention.NativeAttention;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.kernels.ScalarKernels;
import org.dlora.device.cpu.kernels.VectorKernels;
import org.dlora.device.cpu.linear.JavaLinear;
import org.dlora.device.cpu.linear.LinearKernels;
import org.dlora.device.cpu.linear.NativeLinear;
import org.dlora.device.cpu.lora.NativeLora;
import org.dlora.device.cpu.merge.NativeMerge;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.device.cpu.natives.NumericMode;
import org.dlora.device.cpu.rows.JavaRows;
import org.dlora.device.cpu.rows.NativeRows;
import org.dlora.device.cpu.rows.RowKernels;

/**
 * The kernels that a CPU device uses. They are in C where the machine and the build have these, in
 * Java otherwise.
 *
 * @param family of the products with bfloat16 matrices
 * @param kernels inner loops in Java, for all that the other components do not do
 * @param linear products with matrices
 * @param rows row-wise operations
 * @param attention attention over the KV cache
 * @param lora low-rank terms that one thread computes from shrink to expand, with the same bits;
 *     empty: {@code kernels} and {@code linear} compute them
 * @param merges kernel that merges what it can; empty: {@code kernels} and {@code linear} merge all
 */
public record KernelChoice(
        KernelFamily family,
        Kernels kernels,
        LinearKernels linear,
        RowKernels rows,
        AttentionKernels attention,
        Optional<NativeLora> lora,
        Optional<NativeMerge> merges) {
    /** {@code auto}: the Vector API where its module is present; {@code off}: scalar. */
    private static final String PROPERTY = "dlora.cpu.vector";

    private static final String MODULE = "jdk.incubator.vector";
    private static final int SCALAR_LANES = 16;

    /** Java alone. */
    static KernelChoice java(Kernels kernels) {
        return new KernelChoice(
                KernelFamily.JAVA,
                kernels,
                new JavaLinear(kernels),
                new JavaRows(kernels),
                new JavaAttention(kernels),
                Optional.empty(),
                Optional.empty());
    }

    /**
     * The best that this JVM and machine offer; always the same, and logged once.
     *
     * @throws IllegalArgumentException if {@code dlora.cpu.vector} is neither {@code auto} nor
     *     {@code off}
     */
    static KernelChoice best(CpuDevice.Native use) {
        String setting = System.getProperty(PROPERTY, "auto");
        if (!setting.equals("auto") && !setting.equals("off")) {
            throw new IllegalArgumentException(
                    "system property %s is '%s': expected auto or off"
                            .formatted(PROPERTY, setting));
        }
        return switch (use) {
            case AUTO -> of(Automatic.FAMILY);
            case OFF -> of(KernelFamily.JAVA);
            case AVX512 -> of(KernelFamily.AVX512);
            case AVX512_BF16 -> of(KernelFamily.AVX512_BF16);
            case AMX -> of(KernelFamily.AMX);
        };
    }

    /**
     * The kernels of {@code family}; always the same, and logged once.
     *
     * @throws IllegalStateException if they do not run here, with the reason
     */
    static KernelChoice of(KernelFamily family) {
        KernelChoice known = CHOICES.get(family);
        return known != null ? known : CHOICES.computeIfAbsent(family, KernelChoice::make);
    }

    private static final Map<KernelFamily, KernelChoice> CHOICES = new ConcurrentHashMap<>();

    private static final class Automatic {
        static final KernelFamily FAMILY = choose();

        private static KernelFamily choose() {
            for (var family :
                    List.of(KernelFamily.AMX, KernelFamily.AVX512_BF16, KernelFamily.AVX512)) {
                if (missing(family).isEmpty()) {
                    return family;
                }
            }
            return KernelFamily.JAVA;
        }
    }

    /** Returns why the kernels of {@code family} do not run here, empty if they do. */
    static String missing(KernelFamily family) {
        if (family == KernelFamily.JAVA) {
            return "";
        }
        int lanes = kernelsOfThisJvm().lanes();
        if (lanes != NativeLinear.LANES) {
            return "the JVM's vectors have " + lanes + " lanes, the kernels in C 16";
        }
        var found = NativeLibrary.attempt();
        NativeLibrary library = found.library();
        if (library == null) {
            return found.reason();
        }
        return library.families().contains(family) ? "" : library.missing(family);
    }

    private static KernelChoice make(KernelFamily family) {
        String missing = missing(family);
        NativeLibrary library = NativeLibrary.attempt().library();
        if (!missing.isEmpty() || (library == null && family != KernelFamily.JAVA)) {
            throw new IllegalStateException(
                    "Kernels '%s' do not run here: %s"
                            .formatted(family.suffix().replace('_', '-'), missing));
        }
        var java = java(kernelsOfThisJvm());
        return logged(
                library == null || family == KernelFamily.JAVA
                        ? java
                        : java.withNative(library, family),
                "");
    }

    /** Returns the library of the kernels in C, where those are in use. */
    public static Optional<NativeLibrary> library(CpuDevice.Native use) {
        return best(use).family() == KernelFamily.JAVA
                ? Optional.empty()
                : Optional.ofNullable(NativeLibrary.attempt().library());
    }

    private static KernelChoice logged(KernelChoice choice, String note) {
        System.getLogger(KernelChoice.class.getName())
                .log(INFO, "CPU kernels: {0}{1}", choice.linear.name(), note);
        return choice;
    }

    private KernelChoice withNative(NativeLibrary library, KernelFamily family) {
        boolean rounded = family.mode() != NumericMode.FLOAT32;
        return new KernelChoice(
                family,
                kernels,
                new NativeLinear(library, family, new JavaLinear(kernels)),
                new NativeRows(library, family, new JavaRows(kernels)),
                rounded
                        ? new NativeAttention(
                                library, KernelFamily.AVX512_BF16, new JavaAttention(kernels))
                        : attention,
                rounded ? Optional.of(new NativeLora(library, family)) : Optional.empty(),
                rounded ? Optional.of(new NativeMerge(library)) : Optional.empty());
    }

    private static Kernels kernelsOfThisJvm() {
        if (System.getProperty(PROPERTY, "auto").equals("off")) {
            return new ScalarKernels(SCALAR_LANES, PROPERTY + "=off");
        }
        return ModuleLayer.boot().findModule(MODULE).isPresent()
                ? new VectorKernels()
                : new ScalarKernels(SCALAR_LANES, "a JVM without --add-modules=" + MODULE);
    }
}
