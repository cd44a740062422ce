package org.dlora.cluster.residency;

import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryReservation;
import org.dlora.scheduling.residency.LoadCosts;
import org.dlora.scheduling.residency.LoadSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetch of adapters' weights from where that is predicted to be fastest: the adapter's files, a
 * file of packed bytes, or another memory. A retired adapter comes from another memory wherever one
 * has it. Packed bytes are kept afterwards, on a thread of its own. Thread-safe.
 */
final class AdapterFetch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(AdapterFetch.class);

    private final AdapterUploader uploader;
    private final ExecutorService keeper =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("adapter-keeper").daemon().factory());
    private volatile ResidentCopies others = ResidentCopies.NONE;

    /** Written under this object's lock. */
    private volatile LoadCosts costs = LoadCosts.INITIAL;

    AdapterFetch(AdapterUploader uploader) {
        this.uploader = uploader;
    }

    /** Copies from {@code memories} from now on. */
    void tell(ResidentCopies memories) {
        others = memories;
    }

    /**
     * Uploads an adapter. All or nothing.
     *
     * @param retired whether its files may have other content by now: it is copied if it can be
     * @param memory given back if this fails
     * @throws org.dlora.tensor.LoadException as {@link RegisteredAdapter#upload}
     */
    AdapterWeights fetch(
            String id,
            RegisteredAdapter source,
            boolean retired,
            MemoryReservation memory,
            UploadPace pace) {
        return copied(id, source, retired, memory, pace)
                .orElseGet(() -> source.upload(uploader, memory, pace));
    }

    private Optional<AdapterWeights> copied(
            String id,
            RegisteredAdapter source,
            boolean retired,
            MemoryReservation memory,
            UploadPace pace) {
        try {
            var resident = others.find(id);
            if (resident.isEmpty()) {
                return Optional.empty();
            }
            var otherwise = source(source.expectedOrigin(uploader));
            var fastest = costs.fastest(EnumSet.of(LoadSource.MEMORY, otherwise));
            return retired || fastest == LoadSource.MEMORY
                    ? source.copy(resident.get(), uploader, memory, pace)
                    : Optional.empty();
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    /** Notes the time of a load, and keeps what it packed. */
    void fetched(RegisteredAdapter source, AdapterWeights weights, double seconds) {
        synchronized (this) {
            if (weights.bytes() > 0) {
                costs = costs.measured(source(weights.origin()), weights.bytes(), seconds);
            }
        }
        if (weights.origin() == LoadOrigin.FILE) {
            try {
                keeper.execute(() -> keep(source, weights));
            } catch (RejectedExecutionException _) {
                log.debug("Adapter {} is not kept, the server ends", source.name());
            }
        }
    }

    private void keep(RegisteredAdapter source, AdapterWeights weights) {
        try {
            source.keepPacked(weights, uploader);
        } catch (RuntimeException | Error e) {
            log.warn("Adapter {} is not kept", source.name(), e);
        }
    }

    private static LoadSource source(LoadOrigin origin) {
        return switch (origin) {
            case FILE -> LoadSource.FILE;
            case PACKED -> LoadSource.PACKED;
            case MEMORY -> LoadSource.MEMORY;
        };
    }

    /** Keeps nothing more, and ends what is being written. */
    @Override
    public void close() {
        keeper.shutdownNow();
        keeper.close();
    }
}
