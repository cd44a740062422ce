package org.dlora.api.openai;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.dlora.adapter.RegisteredAdapter;
import org.dlora.catalogue.served.AdapterService;
import org.dlora.catalogue.served.Catalogue;
import org.dlora.catalogue.source.AcquisitionRequest;
import org.dlora.cluster.TinyAdapter;
import org.dlora.cluster.adapters.NoSuchAdapterException;
import org.dlora.cluster.adapters.ServedAdapter;
import org.jspecify.annotations.Nullable;

/** Says what it was asked, or throws what the test wants. */
final class FakeAdapterService implements AdapterService {
    final List<String> asked = new ArrayList<>();
    final List<String> threads = new ArrayList<>();
    private final Catalogue catalogue =
            new Catalogue("demo", List.of(adapter("rot13"), adapter("upper")));
    @Nullable RuntimeException failure;

    Catalogue catalogue() {
        return catalogue;
    }

    @Override
    public void check(AcquisitionRequest request) {}

    @Override
    public ServedAdapter register(AcquisitionRequest request) {
        var name = request.name();
        threads.add(Thread.currentThread().getName());
        asked.add(
                "load "
                        + name
                        + " from "
                        + request.source()
                        + (request.inPlace() ? " in place" : ""));
        if (failure != null) {
            throw failure;
        }
        return adapter(name);
    }

    @Override
    public ServedAdapter register(
            AcquisitionRequest request, RegisteredAdapter content, String origin) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> unregister(String name) {
        threads.add(Thread.currentThread().getName());
        asked.add("unload " + name);
        if (failure != null) {
            throw failure;
        }
        if (catalogue.find(name).isEmpty()) {
            throw new NoSuchAdapterException(name);
        }
        // Requests go on, so the memory is not back when the client is answered.
        return new CompletableFuture<>();
    }

    private static ServedAdapter adapter(String name) {
        var folder = ApiTest.DEMO.resolve("adapters").resolve(name);
        return new ServedAdapter(
                name + "#1", new TinyAdapter(name, Optional.of("1"), folder), ApiTest.NOW);
    }
}
