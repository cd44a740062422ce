package org.dlora.catalogue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.device.MemoryReservation;
import org.dlora.tensor.LoadException;
import org.jspecify.annotations.Nullable;

/** A registered adapter for tests whose content is not known before it is validated. */
public final class LazyAdapter implements RegisteredAdapter {
    private final String name;
    private final long bytes;
    private final Supplier<String> validation;
    private volatile @Nullable String validated;

    /**
     * @param content hash of the content; empty if it cannot be served
     */
    public LazyAdapter(String name, String content) {
        this(
                name,
                1,
                () -> {
                    if (content.isEmpty()) {
                        throw new LoadException("it holds NaN");
                    }
                    return content;
                });
    }

    /**
     * @param validation returns the hash of the content, or throws
     */
    public LazyAdapter(String name, long bytes, Supplier<String> validation) {
        this.name = name;
        this.bytes = bytes;
        this.validation = validation;
    }

    /** Returns the adapter, validated before. */
    public LazyAdapter knownAs(String content) {
        validated = content;
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Path folder() {
        return Path.of(name);
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }

    @Override
    public Optional<String> version() {
        return Optional.ofNullable(validated);
    }

    @Override
    public String validate() {
        var content = validation.get();
        validated = content;
        return content;
    }

    @Override
    public AdapterWeights upload(AdapterUploader to, MemoryReservation memory, UploadPace pace) {
        throw new UnsupportedOperationException();
    }
}
