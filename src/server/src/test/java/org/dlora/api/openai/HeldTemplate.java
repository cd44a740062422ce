package org.dlora.api.openai;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryReservation;
import org.dlora.model.AdapterFormat;

/** An adapter whose chat template passes {@code work} before it renders as the base model's. */
record HeldTemplate(RegisteredAdapter adapter, HeldWork work) implements RegisteredAdapter {
    @Override
    public AdapterFormat format() {
        work.pass();
        return adapter.format();
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
        return adapter.upload(to, memory, pace);
    }
}
