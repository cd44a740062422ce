package org.dlora.adapter.weights;

import org.dlora.adapter.content.Adapter;
import org.dlora.device.Device;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.device.MemoryUse;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.LoadException;

/**
 * Uploader of adapters to a device; there is no other way onto one. Their memory is reserved before
 * the upload, and given back when their weights are closed. Thread-safe.
 *
 * @param precision in which the weights are kept
 * @param ledger books of the device's memory
 * @param packed files of adapters that were packed before
 */
public record AdapterUploader(
        Device device, WeightPrecision precision, MemoryLedger ledger, PackedAdapters packed) {

    /** Creates an uploader that keeps no packed adapters in files. */
    public AdapterUploader(Device device, WeightPrecision precision, MemoryLedger ledger) {
        this(device, precision, ledger, PackedAdapters.none());
    }

    /**
     * Returns an uploader to a memory.
     *
     * @param to the device that has it
     * @param books of the memory
     */
    public AdapterUploader within(Device to, MemoryLedger books) {
        return new AdapterUploader(to, precision, books, packed);
    }

    /** Returns the bytes that {@link #upload} reserves for {@code adapter}. */
    public long bytes(Adapter adapter) {
        return new AdapterFootprint(adapter.base(), device, precision).bytes(adapter.tensors());
    }

    /**
     * Reserves memory for an upload.
     *
     * @param bytes as {@link #bytes} returns
     * @throws org.dlora.device.MemoryFullException if the adapter does not fit
     */
    public MemoryReservation reserve(long bytes) {
        return ledger.reserve(MemoryUse.ADAPTERS, bytes);
    }

    /**
     * Reserves memory and packs all of {@code adapter}, which may be closed afterwards. All or
     * nothing: where it fails, no memory is held.
     *
     * @throws org.dlora.device.MemoryFullException if the adapter does not fit
     * @throws LoadException as {@link AdapterWeights#upload}
     */
    public AdapterWeights upload(Adapter adapter) {
        return upload(adapter, reserve(bytes(adapter)), UploadPace.FULL);
    }

    /**
     * Packs all of {@code adapter} into memory that was reserved for it.
     *
     * @param memory from {@link #reserve}; given back if this fails, else by closing the weights
     * @throws LoadException as {@link AdapterWeights#upload}
     */
    public AdapterWeights upload(Adapter adapter, MemoryReservation memory, UploadPace pace) {
        return AdapterWeights.upload(adapter, this, memory, pace);
    }
}
