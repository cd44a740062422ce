package org.dlora.device.cpu;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.device.ArgMaxIndex;
import org.dlora.device.Device;
import org.dlora.device.DeviceMemory;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.Operations;
import org.dlora.device.PackedLayout;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.cpu.choice.FamilyChoice;
import org.dlora.device.cpu.matrix.PanelLayout;
import org.dlora.device.cpu.matrix.PanelMatrix;
import org.dlora.device.cpu.matrix.PanelPacker;
import org.dlora.device.cpu.memory.CpuKvCache;
import org.dlora.device.cpu.memory.CpuVector;
import org.dlora.device.cpu.memory.MemoryAccount;
import org.dlora.device.cpu.natives.KernelFamily;
import org.dlora.device.cpu.natives.NumericMode;
import org.dlora.device.cpu.threads.WorkerTeam;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The host's processors and memory. Its kernels use the Vector API. They are scalar where the JVM
 * runs without module {@code jdk.incubator.vector}, or where the system property {@code
 * dlora.cpu.vector} is {@code off}.
 *
 * <p>Every result is bit-identical alone and in any batch, for any number of threads, any chunking
 * of a sequence and any blocks of its cache. Vector kernels of every width and scalar kernels give
 * the same bits, but for the sign and payload of NaNs.
 */
public final class CpuDevice implements Device {
    private final KernelChoice choice;
    private final FamilyChoice family;
    private final MemoryAccount account;
    private final AtomicInteger teams = new AtomicInteger();

    /** Use of kernels in C, as setting {@code dlora.cpu.native} has it. */
    public enum Native {
        /** The best family that the build has and the processor can run. */
        AUTO(null),
        /** Java alone, float32 throughout. */
        OFF(KernelFamily.JAVA),
        AVX512(KernelFamily.AVX512),
        AVX512_BF16(KernelFamily.AVX512_BF16),
        AMX(KernelFamily.AMX);

        private final @Nullable KernelFamily family;

        Native(@Nullable KernelFamily family) {
            this.family = family;
        }

        /** Returns the family that is meant, empty for {@link #AUTO}. */
        public Optional<KernelFamily> family() {
            return Optional.ofNullable(family);
        }

        /** Returns why the family that is meant does not run here; empty if it does. */
        public String missing() {
            return family().map(KernelChoice::missing).orElse("");
        }

        /** Returns the setting, such as {@code avx512-bf16}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Creates a device with kernels in Java alone. */
    public CpuDevice() {
        this(Native.OFF);
    }

    /**
     * Creates a device. Automatic kernels are the first by the processor's features.
     *
     * @throws IllegalArgumentException if {@code dlora.cpu.vector} is neither {@code auto} nor
     *     {@code off}
     * @throws IllegalStateException if the kernels asked for do not run here, with the reason
     */
    public CpuDevice(Native use) {
        this(KernelChoice.family(use, Optional.empty()));
    }

    /**
     * Creates a device as servers use it. Automatic kernels are the best by measurement, in a tenth
     * of a second; the choice is remembered for this processor.
     *
     * @param folder of the files that choices are remembered in; created if need be
     * @throws IllegalArgumentException if {@code dlora.cpu.vector} is neither {@code auto} nor
     *     {@code off}
     * @throws IllegalStateException if the kernels asked for do not run here, with the reason
     */
    public static CpuDevice measured(Native use, Path folder) {
        return new CpuDevice(KernelChoice.family(use, Optional.of(folder)));
    }

    /**
     * Creates a device with the kernels of {@code family}.
     *
     * @throws IllegalStateException if they do not run here, with the reason
     */
    public CpuDevice(KernelFamily family) {
        this(FamilyChoice.set(family));
    }

    private CpuDevice(FamilyChoice family) {
        this(KernelChoice.of(family.family()), family);
    }

    CpuDevice(KernelChoice choice) {
        this(choice, FamilyChoice.set(choice.family()));
    }

    private CpuDevice(KernelChoice choice, FamilyChoice family) {
        this(choice, family, new MemoryAccount());
    }

    private CpuDevice(KernelChoice choice, FamilyChoice family, MemoryAccount account) {
        this.choice = choice;
        this.family = family;
        this.account = account;
    }

    /** Returns the family of the kernels, and why it was chosen. */
    public FamilyChoice family() {
        return family;
    }

    /** Returns the kernels, and why they were chosen, in words. */
    public String kernels() {
        return "%s (%s)".formatted(choice.linear().name(), family.reason());
    }

    @Override
    public String name() {
        return "cpu";
    }

    /** Returns the label of the {@link NumericMode} of the kernels. */
    @Override
    public String numericMode() {
        return choice.family().mode().label();
    }

    /** Returns the machine's memory, or the container's where that is less. */
    @Override
    public DeviceMemory memory() {
        return hostMemory();
    }

    /** Returns the memory of the host, of the machine or its container. */
    public static DeviceMemory hostMemory() {
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return new DeviceMemory(system.getTotalMemorySize(), heap());
    }

    /**
     * Returns the bytes that the Java heap may grow to. {@link Runtime#maxMemory} is less with some
     * collectors, which keep one of two survivor spaces empty.
     */
    private static long heap() {
        var hotspot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return hotspot == null
                ? Runtime.getRuntime().maxMemory()
                : Long.parseLong(hotspot.getVMOption("MaxHeapSize").getValue());
    }

    @Override
    public Device together(long bytes) {
        return new CpuDevice(choice, family, account.together(bytes));
    }

    @Override
    public WeightMatrix matrix(List<Tensor> parts, DType storage) {
        return new PanelPacker(parts, storage).pack(choice.kernels().lanes(), account);
    }

    @Override
    public WeightMatrix emptyLike(WeightMatrix matrix) {
        var like = PanelMatrix.of(matrix);
        return new PanelMatrix(like.rows(), like.columns(), like.dtype(), like.lanes(), account);
    }

    @Override
    public long argMaxIndexBytes(int rows, int columns, DType storage) {
        return choice.index().map(kernels -> kernels.bytes(rows, columns, storage)).orElse(0L);
    }

    @Override
    public Optional<ArgMaxIndex> argMaxIndex(WeightMatrix matrix) {
        var of = PanelMatrix.of(matrix);
        return choice.index().flatMap(kernels -> kernels.index(of, account));
    }

    @Override
    public Optional<PackedLayout> packedLayout() {
        return Optional.of(layout());
    }

    @Override
    public WeightVector vector(List<Tensor> parts) {
        return CpuVector.of(parts, account);
    }

    @Override
    public WeightVector vector(float[] values) {
        return CpuVector.of(values, account);
    }

    private PanelLayout layout() {
        return new PanelLayout(choice.kernels().lanes(), account);
    }

    @Override
    public long copyBytes(WeightMatrix matrix) {
        return layout().header(matrix).copyBytes();
    }

    @Override
    public void copyOut(WeightMatrix matrix, MemorySegment to) {
        layout().header(matrix).writeTo(to).copyFrom(layout().bytesOf(matrix));
    }

    @Override
    public WeightMatrix copyIn(MemorySegment from) {
        return layout().copyIn(from);
    }

    @Override
    public void read(WeightVector vector, float[] out) {
        CpuVector.of(vector).read(out);
    }

    @Override
    public KvCache kvCache(KvLayout layout) {
        return kvCache(layout, layout.blocks());
    }

    @Override
    public boolean isKvElastic() {
        return CpuKvCache.areElastic();
    }

    @Override
    public KvCache kvCache(KvLayout layout, int usable) {
        return new CpuKvCache(layout, usable, numericMode(), account);
    }

    /** Returns bfloat16 where the weights are and their inputs are rounded to it, float32 else. */
    @Override
    public DType kvDtype(DType weights) {
        return weights == DType.BF16 && choice.family().mode() != NumericMode.FLOAT32
                ? DType.BF16
                : DType.F32;
    }

    @Override
    public long bytes() {
        return account.bytes();
    }

    @Override
    public Operations open(int threads) {
        if (threads < 0) {
            throw new IllegalArgumentException(
                    "threads = "
                            + threads
                            + ": expected a number of threads, or 0 for one per processor");
        }
        int size = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        return new CpuOperations(
                choice, new WorkerTeam("dlora-cpu-" + teams.incrementAndGet(), size), account);
    }

    /** Does nothing: weights and caches are freed by their own {@code close}. */
    @Override
    public void close() {}
}
