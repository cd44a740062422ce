package org.dlora.device.cpu;

import static java.lang.System.Logger.Level.INFO;

import java.util.Optional;
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
import org.dlora.device.cpu.natives.NativeLibrary;
import org.dlora.device.cpu.rows.JavaRows;
import org.dlora.device.cpu.rows.NativeRows;
import org.dlora.device.cpu.rows.RowKernels;

/**
 * The kernels that a CPU device uses. They are in C where the machine and the build have these, in
 * Java otherwise.
 *
 * @param kernels inner loops in Java, for all that the other components do not do
 * @param linear products with matrices
 * @param rows row-wise operations
 * @param attention attention over the KV cache
 * @param lora low-rank terms that one thread computes from shrink to expand, with the same bits;
 *     empty: {@code kernels} and {@code linear} compute them
 * @param merges kernel that merges what it can; empty: {@code kernels} and {@code linear} merge all
 */
public record KernelChoice(
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
            case AUTO -> WithNative.CHOICE;
            case OFF -> JavaAlone.CHOICE;
        };
    }

    /** Returns the library of the kernels in C, where those are in use. */
    public static Optional<NativeLibrary> library(CpuDevice.Native use) {
        return best(use).linear() instanceof NativeLinear
                ? Optional.ofNullable(NativeLibrary.attempt().library())
                : Optional.empty();
    }

    private static final class JavaAlone {
        static final KernelChoice CHOICE = logged(java(kernelsOfThisJvm()), "");
    }

    private static final class WithNative {
        static final KernelChoice CHOICE = choose(java(kernelsOfThisJvm()));

        private static KernelChoice choose(KernelChoice java) {
            int lanes = java.kernels.lanes();
            if (lanes != NativeLinear.LANES) {
                return logged(java, "; none in C: the JVM's vectors have " + lanes + " lanes");
            }
            var found = NativeLibrary.attempt();
            NativeLibrary library = found.library();
            return library == null
                    ? logged(java, "; none in C: " + found.reason())
                    : logged(java.withNative(library), "");
        }
    }

    private static KernelChoice logged(KernelChoice choice, String note) {
        System.getLogger(KernelChoice.class.getName())
                .log(INFO, "CPU kernels: {0}{1}", choice.linear.name(), note);
        return choice;
    }

    private KernelChoice withNative(NativeLibrary library) {
        return new KernelChoice(
                kernels,
                new NativeLinear(library, new JavaLinear(kernels)),
                new NativeRows(library, new JavaRows(kernels)),
                new NativeAttention(library, new JavaAttention(kernels)),
                Optional.of(new NativeLora(library)),
                Optional.of(new NativeMerge(library)));
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
