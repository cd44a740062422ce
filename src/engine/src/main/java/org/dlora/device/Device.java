package org.dlora.device;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import org.dlora.tensor.DType;
import org.dlora.tensor.Tensor;

/**
 * A memory for weights, and the compute on it: the host for all CPU replicas, one GPU for CUDA. A
 * process may have several devices; each plans its own {@link #memory}. Replicas on the same device
 * share its weights; each opens its own {@link Operations}. Weights and caches are immutable in
 * shape, thread-safe to read and freed by their {@code close}. {@link #copyOut} and {@link #copyIn}
 * take weights from one device to another, and {@link #copyOf} does where devices reach each other.
 */
public interface Device extends MatrixPacker, AutoCloseable {

    /**
     * Returns the device's name in settings, logs and metrics: {@code cpu} for the host, {@code
     * cuda:0} for the first GPU. No two devices of a process have the same name.
     */
    String name();

    /**
     * Returns the name of the device's arithmetic, of letters, digits and dashes: {@code float32},
     * for example. Devices with equal names compute equal bits from equal inputs of equal dtypes,
     * in other processes and other versions of the server too. A change of kernels that changes
     * bits therefore gives the mode a new name. The dtypes of weights and of the KV cache are not
     * part of the name.
     */
    String numericMode();

    /** Returns the memory of the device, of which {@link #bytes} are taken. */
    DeviceMemory memory();

    /**
     * Returns this device for {@code bytes} of weights that are freed together, such as those of an
     * adapter: where the device can, they lie in one piece of memory, which goes back to the system
     * with the last of them. Memory for it is taken with the first.
     */
    default Device together(long bytes) {
        return this;
    }

    /**
     * Packs {@code parts}, each {@code [n_i, k]}, stacked into one matrix {@code [Σ n_i, k]} in the
     * device's own layout.
     *
     * @param storage {@code F32} or {@code BF16}; F32 parts are rounded to nearest even for BF16,
     *     F16 parts are refused for it
     */
    @Override
    WeightMatrix matrix(List<Tensor> parts, DType storage);

    /** Returns how matrices lie in the host's memory; empty if they lie elsewhere. */
    default Optional<PackedLayout> packedLayout() {
        return Optional.empty();
    }

    /** Returns the bytes of a matrix {@code [rows, columns]}. */
    default long matrixBytes(int rows, int columns, DType storage) {
        return packedLayout()
                .map(layout -> layout.bytes(rows, columns, storage))
                .orElseGet(() -> (long) rows * columns * storage.bytes());
    }

    /**
     * Allocates a matrix of the shape, dtype and layout of {@code matrix}, with undefined elements.
     */
    WeightMatrix emptyLike(WeightMatrix matrix);

    /**
     * Copies a matrix of this device to page-locked memory of the host. A parked matrix has the
     * layout of the device, and {@link #emptyLike} of it is parked too. {@link Operations#merge}
     * and {@link Operations#mergeLoss} take parked matrices; no other operation does.
     *
     * @return empty if the memory of the device is the host's
     */
    default Optional<WeightMatrix> park(WeightMatrix matrix) {
        return Optional.empty();
    }

    /** Returns the bytes of an index of a matrix {@code [rows, columns]}; 0 if it has none. */
    default long argMaxIndexBytes(int rows, int columns, DType storage) {
        return 0;
    }

    /**
     * Makes an index of {@code matrix}, which must stay as it is while the index is used.
     *
     * @return empty if the device finds the largest outputs of this matrix by computing all
     */
    default Optional<ArgMaxIndex> argMaxIndex(WeightMatrix matrix) {
        return Optional.empty();
    }

    /** Concatenates {@code parts}, each {@code [n_i]}, as float32. */
    WeightVector vector(List<Tensor> parts);

    /** Copies {@code values} as float32. */
    WeightVector vector(float[] values);

    /** Returns the bytes of a copy of {@code matrix}: a {@link CopyHeader}, then its elements. */
    long copyBytes(WeightMatrix matrix);

    /**
     * Copies a matrix of this device out, behind a {@link CopyHeader}.
     *
     * @param to {@link #copyBytes} bytes of host memory
     */
    void copyOut(WeightMatrix matrix, MemorySegment to);

    /**
     * Allocates a matrix that is a copy of another one, bit for bit.
     *
     * @param from bytes that {@link #copyOut} of such a device wrote
     * @throws CopyMismatchException if it is of another layout or size
     */
    WeightMatrix copyIn(MemorySegment from);

    /**
     * Allocates a matrix that is a copy of another device's, bit for bit, where this device can
     * copy it without the host's memory in between.
     *
     * @return empty if it cannot; {@link #copyOut} and {@link #copyIn} are the way then
     */
    default Optional<WeightMatrix> copyOf(WeightMatrix matrix) {
        return Optional.empty();
    }

    /**
     * Copies a vector of this device out.
     *
     * @param out as long as the vector
     */
    void read(WeightVector vector, float[] out);

    /** Allocates a paged KV cache, uninitialised. */
    KvCache kvCache(KvLayout layout);

    /** Returns whether the KV caches of this device are {@link KvCache#isElastic elastic}. */
    default boolean isKvElastic() {
        return false;
    }

    /**
     * Allocates a paged KV cache, uninitialised, whose blocks from {@code usable} on are withheld.
     * They have addresses and no memory.
     *
     * @throws UnsupportedOperationException if some are, and the device's caches are not elastic
     */
    default KvCache kvCache(KvLayout layout, int usable) {
        if (usable != layout.blocks()) {
            throw new UnsupportedOperationException(
                    "%d of %d KV blocks are to be withheld, but all blocks of this device stay where they are"
                            .formatted(layout.blocks() - usable, layout.blocks()));
        }
        return kvCache(layout);
    }

    /**
     * Returns the dtype of keys and values that goes with this device's arithmetic on weights of
     * dtype {@code weights}: {@code F32} or {@code BF16}.
     */
    DType kvDtype(DType weights);

    /** Returns the bytes of the weights and caches that were made and are not closed yet. */
    long bytes();

    /**
     * Opens one replica's compute.
     *
     * @param threads CPU threads of its team, the caller's included; 0 lets the device choose
     */
    Operations open(int threads);

    @Override
    void close();
}
