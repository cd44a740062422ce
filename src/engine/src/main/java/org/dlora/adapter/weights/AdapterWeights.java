package org.dlora.adapter.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.dlora.adapter.content.Adapter;
import org.dlora.device.CopyMismatchException;
import org.dlora.device.Device;
import org.dlora.device.LoraTerm;
import org.dlora.device.MemoryLedger;
import org.dlora.device.MemoryReservation;
import org.dlora.model.LayerSite;
import org.dlora.model.weights.WeightPrecision;
import org.dlora.tensor.LoadException;

/**
 * An adapter's matrices on a device. Thread-safe until closed, which frees them. A copy may run
 * while they are closed: {@link #close} waits for it, and later copies are refused.
 */
public final class AdapterWeights implements AutoCloseable {
    private final String name;
    private final String version;
    private final Map<LayerSite, List<LoraTerm>> terms;
    private final MergeTerms merge;
    private final Device device;
    private final long bytes;
    private final LoadOrigin origin;
    private final Runnable free;

    /** Copies hold the read lock, so that nobody frees what they read. */
    private final ReadWriteLock copies = new ReentrantReadWriteLock();

    /** Written under the write lock of {@link #copies}. */
    private boolean isClosed;

    private AdapterWeights(
            Adapter adapter, Map<LayerSite, List<LoraTerm>> terms, AdapterPacker packer) {
        this(
                adapter.name(),
                adapter.version(),
                terms,
                packer.merge(),
                packer.device(),
                packer.bytes(),
                LoadOrigin.FILE,
                packer::close);
    }

    /**
     * Creates the weights of an adapter.
     *
     * @param bytes of the device's memory that the terms take
     * @param origin where the weights were taken from
     * @param free gives that memory back
     */
    AdapterWeights(
            String name,
            String version,
            Map<LayerSite, List<LoraTerm>> terms,
            MergeTerms merge,
            Device device,
            long bytes,
            LoadOrigin origin,
            Runnable free) {
        this.name = name;
        this.version = version;
        this.terms = Map.copyOf(terms);
        this.merge = merge;
        this.device = device;
        this.bytes = bytes;
        this.origin = origin;
        this.free = free;
    }

    /**
     * Packs all of {@code adapter}, which may be closed afterwards. Its base model must be open
     * until then: the norms of DoRA are computed here, and biases compared. No ledger is asked.
     *
     * @param precision {@code FLOAT32} widens everything. Otherwise bfloat16 stays and the rest is
     *     float32: PEFT keeps float32 adapters on a bfloat16 base as they are, so {@code BFLOAT16}
     *     does not round them
     * @throws LoadException if DoRA's norm of an output is zero, or if the files have changed since
     *     they were validated
     */
    public static AdapterWeights upload(Adapter adapter, Device device, WeightPrecision precision) {
        return new AdapterUploader(device, precision, MemoryLedger.unlimited()).upload(adapter);
    }

    /** Packs all of {@code adapter} into {@code memory}, which was reserved for it. */
    static AdapterWeights upload(
            Adapter adapter, AdapterUploader to, MemoryReservation memory, UploadPace pace) {
        var packer = new AdapterPacker(adapter.base(), to.device(), to.precision(), memory, pace);
        try {
            var terms = packer.pack(adapter.tensors());
            adapter.source().checkUnchanged();
            return new AdapterWeights(adapter, terms, packer);
        } catch (InternalError e) {
            packer.close();
            throw LoadException.cutShort(
                    adapter.folder() + ": a file, or one of the base model,", e);
        } catch (RuntimeException | Error e) {
            packer.close();
            throw e;
        }
    }

    /** Returns the adapter's name for clients. */
    public String name() {
        return name;
    }

    /** Returns the hash of all that the adapter computes; see {@link Adapter}. */
    public String version() {
        return version;
    }

    /** Returns the terms at linear layer {@code at}; none where the adapter does not act. */
    public List<LoraTerm> terms(LayerSite at) {
        return terms.getOrDefault(at, List.of());
    }

    /**
     * Returns the terms of merging the adapter into the weights, which also say whether it can be
     * merged.
     */
    public MergeTerms merge() {
        return merge;
    }

    /** Returns the bytes of device memory of all matrices and vectors. */
    public long bytes() {
        return bytes;
    }

    /** Returns the name of the device that the weights lie on. */
    public String device() {
        return device.name();
    }

    /** Returns where the weights were taken from. */
    public LoadOrigin origin() {
        return origin;
    }

    /** Returns all terms, by linear layer. */
    public Map<LayerSite, List<LoraTerm>> terms() {
        return terms;
    }

    /** Returns the bytes of a copy; see {@link #copyOut}. */
    public long copyBytes() {
        return new AdapterCopyWriter(this, device).bytes();
    }

    /**
     * Copies the adapter out of its device. {@link AdapterCopy} reads it.
     *
     * @param to {@link #copyBytes} bytes of host memory
     * @throws IllegalArgumentException if {@code to} has another size
     * @throws IllegalStateException if the weights are closed
     */
    public void copyOut(MemorySegment to) {
        copies.readLock().lock();
        try {
            requireOpen();
            new AdapterCopyWriter(this, device).write(to);
        } finally {
            copies.readLock().unlock();
        }
    }

    /**
     * Hands a copy to {@code sink} in parts; {@link AdapterCopy} reads the whole.
     *
     * @throws IllegalStateException if the weights are closed
     */
    void copyOut(AdapterCopyWriter.Sink sink) throws IOException {
        copies.readLock().lock();
        try {
            requireOpen();
            new AdapterCopyWriter(this, device).write(sink);
        } finally {
            copies.readLock().unlock();
        }
    }

    /**
     * Allocates the same weights on another device or in another memory, without the whole copy in
     * between. Devices that reach each other copy matrices directly, others one by one through the
     * host's memory.
     *
     * @return empty if these are closed, or the other device lays out matrices in another way
     */
    public Optional<AdapterWeights> copy(AdapterRestore restore) {
        copies.readLock().lock();
        try (var arena = Arena.ofConfined()) {
            if (isClosed) {
                return Optional.empty();
            }
            var writer = new AdapterCopyWriter(this, device);
            var stage = arena.allocate(writer.largestPart());
            return Optional.of(
                    restore.weights(
                            name,
                            writer.readIndex(),
                            (parts, i) -> {
                                if (!parts.addCopyOf(writer.matrix(i))) {
                                    parts.addMatrix(writer.copyMatrix(i, stage));
                                }
                            },
                            i -> writer.copyVector(i, stage)));
        } catch (CopyMismatchException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // No file is read.
        } finally {
            copies.readLock().unlock();
        }
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("The weights of adapter %s are freed".formatted(name));
        }
    }

    @Override
    public void close() {
        copies.writeLock().lock();
        try {
            if (!isClosed) {
                isClosed = true;
                free.run();
            }
        } finally {
            copies.writeLock().unlock();
        }
    }
}
