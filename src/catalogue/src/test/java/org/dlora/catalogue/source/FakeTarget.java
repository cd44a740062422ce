package org.dlora.catalogue.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dlora.adapter.AdapterName;
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.source.fetch.SourceException;
import org.dlora.cluster.TinyAdapter;
import org.jspecify.annotations.Nullable;

/**
 * A server that takes any adapter whose weights are there and not the text {@code bad}, and
 * remembers what it serves.
 */
public final class FakeTarget implements AdapterTarget {
    /** Registrations as "name path inPlace origin"; of a version with "version" for inPlace. */
    public final List<String> loaded = new CopyOnWriteArrayList<>();

    /** Names that are taken. */
    public final List<String> taken = new CopyOnWriteArrayList<>();

    /** Why the next loads fail; empty if they do not. */
    public volatile String failure = "";

    /** Whether failing loads may have been recorded all the same. */
    public volatile boolean isRecordLost;

    /** Why requests do not get what is loaded; empty if they do. */
    public volatile String refusal = "";

    /** Folders that were validated. */
    public final List<Path> validated = new CopyOnWriteArrayList<>();

    /** Latch that loads wait for. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    /** Opened when a load has begun. */
    final CountDownLatch loading = new CountDownLatch(1);

    /** Latch that validations wait for, interruptibly. */
    volatile CountDownLatch validation = new CountDownLatch(0);

    final CountDownLatch validating = new CountDownLatch(1);

    /** Makes loads wait for {@link #open}. */
    public void hold() {
        gate = new CountDownLatch(1);
    }

    /** Makes validations wait for {@link #open} or an interrupt. */
    public void holdValidation() {
        validation = new CountDownLatch(1);
    }

    public void open() {
        gate.countDown();
        validation.countDown();
    }

    public boolean awaitLoading() throws InterruptedException {
        return loading.await(1, TimeUnit.MINUTES);
    }

    public boolean awaitValidating() throws InterruptedException {
        return validating.await(1, TimeUnit.MINUTES);
    }

    @Override
    public void check(AcquisitionRequest request) {
        var name = request.name();
        if (request.isActivated()) {
            AdapterName.check(name, "base", !taken.contains(name));
        }
        if (request.isActivated() && taken.contains(name) && !request.inPlace()) {
            throw new AdapterRefusedException("'" + name + "' is taken");
        }
        if (!request.isActivated() && !taken.contains(name)) {
            throw new AdapterRefusedException("'" + name + "' is not served");
        }
    }

    @Override
    public RegisteredAdapter validate(String name, Path folder) {
        validated.add(folder);
        validating.countDown();
        await(validation);
        var weights = folder.resolve("adapter_model.safetensors");
        try {
            if (!Files.exists(weights)) {
                throw new AdapterRefusedException("adapter_model.safetensors: missing");
            }
            var text = new String(Files.readAllBytes(weights), UTF_8);
            if (text.equals("bad")) {
                throw new AdapterRefusedException("adapter_model.safetensors: holds NaN");
            }
            return new TinyAdapter(name, Optional.of(text), folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public RegisteredAdapter validate(String name, String path) {
        return new TinyAdapter(name, Optional.of("1"), Path.of(path));
    }

    @Override
    public Optional<String> register(
            AcquisitionRequest request,
            RegisteredAdapter content,
            String origin,
            @Nullable String author) {
        loading.countDown();
        await(gate);
        if (!failure.isEmpty()) {
            throw isRecordLost
                    ? new SourceException(SourceException.Kind.UNRECORDED, failure)
                    : new IllegalStateException(failure);
        }
        var name = request.name();
        taken.add(name);
        var how = request.isActivated() ? String.valueOf(request.inPlace()) : "version";
        loaded.add("%s %s %s %s".formatted(name, content.folder(), how, origin));
        return Optional.of(refusal).filter(why -> !why.isEmpty());
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
