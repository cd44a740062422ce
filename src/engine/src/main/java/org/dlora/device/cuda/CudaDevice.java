package org.dlora.device.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.dlora.device.Device;
import org.dlora.device.DeviceMemory;
import org.dlora.device.KvCache;
import org.dlora.device.KvLayout;
import org.dlora.device.Operations;
import org.dlora.device.WeightMatrix;
import org.dlora.device.WeightVector;
import org.dlora.device.cuda.driver.Context;
import org.dlora.device.cuda.kernels.KernelImages;
import org.dlora.device.cuda.kernels.LoadedKernels;
import org.dlora.device.cuda.memory.BlockTransfers;
import org.dlora.device.cuda.memory.CudaAccount;
import org.dlora.device.cuda.memory.CudaKvCache;
import org.dlora.device.cuda.memory.CudaMatrix;
import org.dlora.device.cuda.memory.CudaVector;
import org.dlora.device.cuda.memory.ParkedMatrix;
import org.dlora.device.cuda.memory.StridedMatrix;
import org.dlora.device.cuda.memory.Transfers;
import org.dlora.device.cuda.operations.CudaOperations;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * An NVIDIA GPU. Weights of float32 are multiplied in float32. Weights of bfloat16 are multiplied
 * on tensor cores, with inputs that are rounded to bfloat16; sums are float32.
 *
 * <p>Results have one order of sums for the same batch. Unlike on a CPU, kernels for bfloat16 are
 * chosen by the number of rows, so a row's bits depend on its batch.
 */
public final class CudaDevice implements Device {
    /** Counted up with every change of kernels that changes bits. */
    private static final int ARITHMETIC = 1;

    /**
     * The part of the memory that is left to operations, for what they keep between steps beside
     * weights and caches: rounded rows, sums of attention, terms, graphs.
     */
    private static final int WORK = 16;

    private final Context context;
    private final LoadedKernels kernels;
    private final Arena arena;
    private final CudaAccount account;
    private final Transfers transfers;
    private final BlockTransfers blocks;
    private final String numericMode;
    private final DeviceMemory memory;

    @SuppressWarnings("MustBeClosedChecker") // The device owns the arena.
    private CudaDevice(Context context, LoadedKernels kernels) {
        this.context = context;
        this.kernels = kernels;
        this.arena = Arena.ofShared();
        this.account = new CudaAccount(context);
        long free = context.freeBytes();
        this.memory = new DeviceMemory(free - free / WORK, 0);
        this.transfers = new Transfers(context);
        this.blocks = new BlockTransfers(context, kernels, arena);
        this.numericMode = "cuda%d-sm%d".formatted(ARITHMETIC, context.computeCapability());
    }

    /**
     * Opens GPU {@code number}.
     *
     * @throws org.dlora.device.cuda.driver.CudaUnavailableException if there is no driver, or no
     *     such GPU
     * @throws org.dlora.device.cuda.kernels.KernelsMissingException if there are no kernels that it
     *     can run
     */
    public static CudaDevice gpu(int number) {
        var context = Context.open(number);
        try {
            return new CudaDevice(context, new LoadedKernels(context, KernelImages.find()));
        } catch (RuntimeException | Error e) {
            context.close();
            throw e;
        }
    }

    /** Returns the GPU in words, such as {@code NVIDIA H100 80GB HBM3, compute capability 9.0}. */
    public String words() {
        int capability = context.computeCapability();
        return "%s, compute capability %d.%d"
                .formatted(context.name(), capability / 10, capability % 10);
    }

    @Override
    public String name() {
        return "cuda:" + context.number();
    }

    /**
     * Returns the version of the arithmetic and the compute capability, for which the compiler may
     * order and fuse operations in its own way.
     */
    @Override
    public String numericMode() {
        return numericMode;
    }

    /** Returns the bytes that were free when the device was opened, less what operations need. */
    @Override
    public DeviceMemory memory() {
        return memory;
    }

    @Override
    public WeightMatrix matrix(List<Tensor> parts, DType storage) {
        return CudaMatrix.of(parts, storage, account, transfers);
    }

    @Override
    public long matrixBytes(int rows, int columns, DType storage) {
        return StridedMatrix.bytes(rows, columns, storage);
    }

    @Override
    public WeightMatrix emptyLike(WeightMatrix matrix) {
        return matrix instanceof ParkedMatrix parked
                ? ParkedMatrix.emptyLike(parked)
                : CudaMatrix.emptyLike(CudaMatrix.of(matrix), account);
    }

    @Override
    public Optional<WeightMatrix> park(WeightMatrix matrix) {
        return Optional.of(ParkedMatrix.copyOf(CudaMatrix.of(matrix), account, transfers));
    }

    @Override
    public WeightVector vector(List<Tensor> parts) {
        return CudaVector.of(parts, account, transfers);
    }

    @Override
    public WeightVector vector(float[] values) {
        return CudaVector.of(values, account, transfers);
    }

    @Override
    public long copyBytes(WeightMatrix matrix) {
        return CudaMatrix.of(matrix).copyBytes();
    }

    @Override
    public void copyOut(WeightMatrix matrix, MemorySegment to) {
        CudaMatrix.of(matrix).copyOut(to, transfers);
    }

    @Override
    public WeightMatrix copyIn(MemorySegment from) {
        return CudaMatrix.copyIn(from, account, transfers);
    }

    /** Copies a matrix of this GPU, or of one that this GPU reaches. */
    @Override
    public Optional<WeightMatrix> copyOf(WeightMatrix matrix) {
        return matrix instanceof CudaMatrix other
                ? CudaMatrix.copyOf(other, account, transfers).map(WeightMatrix.class::cast)
                : Optional.empty();
    }

    @Override
    public void read(WeightVector vector, float[] out) {
        CudaVector.of(vector).read(out, transfers);
    }

    @Override
    public KvCache kvCache(KvLayout layout) {
        return new CudaKvCache(layout, numericMode, context, account, blocks);
    }

    /** Returns the dtype of the weights, by which products round their inputs too. */
    @Override
    public DType kvDtype(DType weights) {
        return weights == DType.BF16 ? DType.BF16 : DType.F32;
    }

    @Override
    public long bytes() {
        return account.bytes();
    }

    @Override
    public Operations open(int threads) {
        if (threads < 0) {
            throw new IllegalArgumentException(
                    "threads = %d: expected a number of threads, or 0 for one per processor"
                            .formatted(threads));
        }
        int size = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
        return new CudaOperations(context, kernels, account, size);
    }

    /** Gives the GPU back. Weights and caches are freed by their own {@code close}. */
    @Override
    public void close() {
        transfers.close();
        blocks.close();
        arena.close();
        context.close();
    }
}
