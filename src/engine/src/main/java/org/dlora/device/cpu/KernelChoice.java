package org.dlora.device.cpu;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.dlora.device.cpu.argmax.IndexKernels;
import org.dlora.device.cpu.attention.AttentionKernels;
import org.dlora.device.cpu.attention.JavaAttention;
import org.dlora.device.cpu.attention.NativeAttention;
import org.dlora.device.cpu.choice.ChoiceKey;
import org.dlora.device.cpu.choice.FamilyChoice;
import org.dlora.device.cpu.choice.FamilyMeter;
import org.dlora.device.cpu.choice.FamilyRates;
import org.dlora.device.cpu.kernels.Kernels;
import org.dlora.device.cpu.kernels.ScalarKernels;
import org.dlora.device.cpu.kernels.VectorKernels;
import org.dlora.device.cpu.kernels.VectorModule;
import org.dlora.device.cpu.linear.JavaLinear;
import org.dlora.device.cpu.linear.LinearKernels;
import org.dlora.device.cpu.linear.NativeLinear;
import org.dlora.device.cpu.lora.NativeLora;
import org.dlora.device.cpu.merge.MergeKernels;
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
 * @param merges kernels that merge; one kind of products, whatever panels a term has
 * @param index kernels that find the largest output of a row by an index; empty: all are computed
 */
public record KernelChoice(
        KernelFamily family,
        Kernels kernels,
        LinearKernels linear,
        RowKernels rows,
        AttentionKernels attention,
        Optional<NativeLora> lora,
        MergeKernels merges,
        Optional<IndexKernels> index) {
    /** {@code auto}: the Vector API where its module is present; {@code off}: scalar. */
    private static final String PROPERTY = "dlora.cpu.vector";

    private static final int SCALAR_LANES = 16;

    /** Java alone. */
    static KernelChoice java(Kernels kernels) {
        var linear = new JavaLinear(kernels);
        return new KernelChoice(
                KernelFamily.JAVA,
                kernels,
                linear,
                new JavaRows(kernels),
                new JavaAttention(kernels),
                Optional.empty(),
                new MergeKernels(kernels, linear, Optional.empty()),
                Optional.empty());
    }

    /** Returns the kernels that {@code use} asks for; always the same. */
    static KernelChoice best(CpuDevice.Native use) {
        return of(family(use, Optional.empty()).family());
    }

    /**
     * Returns the family that {@code use} asks for. One that is chosen automatically is the first
     * by the processor's features, or the one that was measured to be best.
     *
     * @param folder where a measured choice is remembered; empty: nothing is measured
     * @throws IllegalArgumentException if {@code dlora.cpu.vector} is neither {@code auto} nor
     *     {@code off}
     */
    static FamilyChoice family(CpuDevice.Native use, Optional<Path> folder) {
        String setting = System.getProperty(PROPERTY, "auto");
        if (!setting.equals("auto") && !setting.equals("off")) {
            throw new IllegalArgumentException(
                    "system property %s is '%s': expected auto or off"
                            .formatted(PROPERTY, setting));
        }
        return use.family().map(FamilyChoice::set).orElseGet(() -> automatic(folder));
    }

    private static FamilyChoice automatic(Optional<Path> folder) {
        var running =
                FamilyRates.ORDER.stream()
                        .filter(family -> family != KernelFamily.JAVA && missing(family).isEmpty())
                        .toList();
        var library = NativeLibrary.attempt().library();
        if (running.isEmpty() || library == null) {
            return FamilyChoice.only(KernelFamily.JAVA, missing(KernelFamily.AVX512));
        }
        if (running.size() == 1) {
            return FamilyChoice.only(running.getFirst(), missing(KernelFamily.AVX512_BF16));
        }
        var key = new ChoiceKey(library.processor(), library.version(), running);
        var meter = new FamilyMeter(library, running, new JavaLinear(kernelsOfThisJvm()));
        return folder.map(files -> FamilyChoice.measured(key, files, meter::measure))
                .orElseGet(() -> FamilyChoice.byFeatures(running))
                .noting(library.isAmxRefused() ? missing(KernelFamily.AMX) : "");
    }

    /**
     * Returns the kernels of {@code family}; always the same.
     *
     * @throws IllegalStateException if they do not run here, with the reason
     */
    static KernelChoice of(KernelFamily family) {
        KernelChoice known = CHOICES.get(family);
        return known != null ? known : CHOICES.computeIfAbsent(family, KernelChoice::make);
    }

    private static final Map<KernelFamily, KernelChoice> CHOICES = new ConcurrentHashMap<>();

    /** Returns why the kernels of {@code family} do not run here, empty if they do. */
    static String missing(KernelFamily family) {
        if (family == KernelFamily.JAVA) {
            return "";
        }
        var found = NativeLibrary.attempt();
        NativeLibrary library = found.library();
        if (library == null) {
            return found.reason();
        }
        int lanes = kernelsOfThisJvm().lanes();
        if (lanes != NativeLinear.LANES) {
            return "the JVM's vectors have " + lanes + " lanes, the kernels in C 16";
        }
        return library.families().contains(family) ? "" : library.missing(family);
    }

    private static KernelChoice make(KernelFamily family) {
        var java = java(kernelsOfThisJvm());
        if (family == KernelFamily.JAVA) {
            return java;
        }
        String missing = missing(family);
        NativeLibrary library = NativeLibrary.attempt().library();
        if (!missing.isEmpty() || library == null) {
            throw new IllegalStateException(
                    "Kernels '%s' do not run here: %s".formatted(family.label(), missing));
        }
        return java.withNative(library, family);
    }

    private KernelChoice withNative(NativeLibrary library, KernelFamily family) {
        boolean rounded = family.mode() != NumericMode.FLOAT32;
        return new KernelChoice(
                family,
                kernels,
                new NativeLinear(library, family, new JavaLinear(kernels)),
                new NativeRows(library, family, new JavaRows(kernels)),
                rounded
                        ? new NativeAttention(library, family, new JavaAttention(kernels))
                        : attention,
                rounded ? Optional.of(new NativeLora(library, family)) : Optional.empty(),
                rounded ? merges(library) : merges,
                IndexKernels.of(library, family));
    }

    /** Merges by dot products, for tiles too: a merge is bound by memory. */
    private MergeKernels merges(NativeLibrary library) {
        var products = new NativeLinear(library, KernelFamily.AVX512_BF16, new JavaLinear(kernels));
        return new MergeKernels(kernels, products, Optional.of(new NativeMerge(library)));
    }

    private static Kernels kernelsOfThisJvm() {
        if (System.getProperty(PROPERTY, "auto").equals("off")) {
            return new ScalarKernels(SCALAR_LANES, PROPERTY + "=off");
        }
        return VectorModule.isThere()
                ? new VectorKernels()
                : new ScalarKernels(
                        SCALAR_LANES, "a JVM without --add-modules=" + VectorModule.NAME);
    }
}
