package org.dlora.cluster.residency;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.LoadOrigin;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryReservation;

/** A registered adapter whose uploads a test holds up, or lets fail. */
public final class GatedAdapter implements RegisteredAdapter {
    private final RegisteredAdapter adapter;
    private final AtomicInteger uploads = new AtomicInteger();
    private volatile Runnable gate = () -> {};

    public GatedAdapter(RegisteredAdapter adapter) {
        this.adapter = adapter;
    }

    /** Sets what is run at the beginning of each upload, on the loader's thread. */
    public void gate(Runnable before) {
        gate = before;
    }

    /** Returns the number of uploads so far. */
    public int uploads() {
        return uploads.get();
    }

    @Override
    public String name() {
        return adapter.name();
    }

    @Override
    public Path folder() {
        return adapter.folder();
    }

    @Override
    public long bytes() {
        return adapter.bytes();
    }

    @Override
    public List<String> warnings() {
        return adapter.warnings();
    }

    @Override
    public Optional<String> version() {
        return adapter.version();
    }

    @Override
    public String validate() {
        return adapter.validate();
    }

    @Override
    public AdapterWeights upload(AdapterUploader to, MemoryReservation memory, UploadPace pace) {
        uploads.incrementAndGet();
        try {
            gate.run();
        } catch (RuntimeException | Error e) {
            memory.close();
            throw e;
        }
        return adapter.upload(to, memory, pace);
    }

    @Override
    public Optional<AdapterWeights> copy(
            AdapterWeights resident,
            AdapterUploader to,
            MemoryReservation memory,
            UploadPace pace) {
        return adapter.copy(resident, to, memory, pace);
    }

    @Override
    public LoadOrigin expectedOrigin(AdapterUploader to) {
        return adapter.expectedOrigin(to);
    }

    @Override
    public void keepPacked(AdapterWeights weights, AdapterUploader to) {
        adapter.keepPacked(weights, to);
    }
}
