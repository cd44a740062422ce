package org.dlora.cluster;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.dlora.adapter.AdapterLoader;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.adapter.weights.AdapterUploader;
import org.dlora.adapter.weights.AdapterWeights;
import org.dlora.adapter.weights.UploadPace;
import org.dlora.cluster.adapters.ServedAdapter;
import org.dlora.device.MemoryReservation;
import org.dlora.model.BaseModel;
import org.dlora.testing.TestFiles;

/**
 * A registered adapter for tests: any name and version, with the weights of a golden one.
 *
 * @param version empty before it is validated
 */
public record TinyAdapter(String name, Optional<String> version, Path folder)
        implements RegisteredAdapter {
    private static final Path GOLDEN = TestFiles.golden();

    /** Returns a served adapter of version 1 in a folder of its name. */
    public static ServedAdapter served(String id, String name) {
        return new ServedAdapter(
                id, new TinyAdapter(name, Optional.of("1"), Path.of(name)), Instant.EPOCH);
    }

    @Override
    public long bytes() {
        return 1 << 10;
    }

    @Override
    public List<String> warnings() {
        return List.of();
    }

    @Override
    public String validate() {
        return version.orElseThrow();
    }

    @Override
    public RegisteredAdapter movedTo(Path other) {
        return new TinyAdapter(name, version, other);
    }

    @Override
    public AdapterWeights upload(AdapterUploader to, MemoryReservation memory, UploadPace pace) {
        memory.close();
        try (var model = BaseModel.open(GOLDEN.resolve("models/qwen3"));
                var adapter = AdapterLoader.load(GOLDEN.resolve("adapters/qwen3/r4-qv"), model)) {
            return AdapterWeights.upload(adapter, to.device(), to.precision());
        }
    }
}
