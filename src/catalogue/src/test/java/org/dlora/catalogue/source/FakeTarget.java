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
import org.dlora.adapter.AdapterRefusedException;
import org.dlora.catalogue.source.fetch.SourceException;

/**
 * A server that takes any adapter whose weights are there and not the text {@code bad}, and
 * remembers what it serves.
 */
public final class FakeTarget implements AdapterTarget {
    /** Loads as "name path inPlace origin". */
    public final List<String> loaded = new CopyOnWriteArrayList<>();

    /** Names that are taken. */
    public final List<String> taken = new CopyOnWriteArrayList<>();

    /** Why the next loads fail; empty if they do not. */
    public volatile String failure = "";

    /** Whether failing loads may have been recorded all the same. */
    public volatile boolean isRecordLost;

    /** Why requests do not get what is loaded; empty if they do. */
    public volatile String refusal = "";

    /** What a load waits for. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    /** Opened when a load has begun. */
    final CountDownLatch loading = new CountDownLatch(1);

    /** What a validation waits for; it can be interrupted there. */
    volatile CountDownLatch validation = new CountDownLatch(0);

    final CountDownLatch validating = new CountDownLatch(1);

    /** Has loads wait for {@link #open}. */
    public void hold() {
        gate = new CountDownLatch(1);
    }

    /** Has validations wait for {@link #open}, or an interrupt. */
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
    public void checkName(String name, boolean inPlace) {
        if (taken.contains(name) && !inPlace) {
            throw new AdapterRefusedException("'" + name + "' is taken");
        }
    }

    @Override
    public String validate(String name, Path folder) {
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
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<String> load(String name, String path, boolean inPlace, String origin) {
        loading.countDown();
        await(gate);
        if (!failure.isEmpty()) {
            throw isRecordLost
                    ? new SourceException(SourceException.Kind.UNRECORDED, failure)
                    : new IllegalStateException(failure);
        }
        taken.add(name);
        loaded.add("%s %s %s %s".formatted(name, path, inPlace, origin));
        return Optional.of(refusal).filter(why -> !why.isEmpty());
    }

    /** Loads as "name path version origin", of names that are taken. */
    @Override
    public AdapterTarget versions() {
        return new AdapterTarget() {
            @Override
            public void checkName(String name, boolean inPlace) {
                if (!taken.contains(name)) {
                    throw new AdapterRefusedException("'" + name + "' is not served");
                }
            }

            @Override
            public String validate(String name, Path folder) {
                return FakeTarget.this.validate(name, folder);
            }

            @Override
            public Optional<String> load(String name, String path, boolean inPlace, String origin) {
                loaded.add("%s %s version %s".formatted(name, path, origin));
                return Optional.empty();
            }
        };
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
